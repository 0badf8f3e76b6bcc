/* What the console keeps in mind: the newest answers about the server and its
 * streams, and how their figures went.  Asked for every two seconds while
 * somebody looks; tells 'change', and 'link' with {state, problem, wait_s}. */
import {follow, get, hasToken, link} from './api.js';
import {History} from './charts.js';

const POLL_MS = 2000;
const RETRY_MAX_MS = 15000;
const EVENT_MS = 250;           /* after one, for those that come with it */


class Model extends EventTarget {
	constructor()
	{
		super();
		this.server = null;
		this.streams = null;    /* null: not known yet */
		this.histories = new Map();
		this.state = 'waiting';
		this.retryMs = POLL_MS;
		document.addEventListener('visibilitychange',
			() => !document.hidden && this.pollNow());
		link.addEventListener('unauthorized',
			({detail}) => this.setState('unauthorized', detail));
	}

	/* How a figure went; made when first asked for. */
	history(name)
	{
		if (!this.histories.has(name))
			this.histories.set(name, new History());
		return this.histories.get(name);
	}

	pollNow()
	{
		clearTimeout(this.timer);
		this.timer = null;
		if (!this.isPolling)
			this.poll();
	}

	async poll()
	{
		/* Not a request: a failed attempt makes the next one wait. */
		if (!hasToken()) {
			this.setState('unauthorized');
			return;
		}
		this.isPolling = true;
		try {
			await this.ask();
			this.retryMs = POLL_MS;
		} catch (problem) {
			this.onProblem(problem);
		}
		this.isPolling = false;
		if (!document.hidden && this.state !== 'unauthorized')
			this.timer = setTimeout(() => this.pollNow(), this.retryMs);
	}

	async ask()
	{
		/* One after the other: a wrong token is tried once. */
		this.server = await get(['server']);
		const streams = await get(['streams'], {limit: 500});

		this.streams = streams.streams;
		this.remember(Date.now());
		this.setState('up');
		this.dispatchEvent(new Event('change'));
	}

	/* What happens on the server is shown soon, not at the next poll. */
	followEvents()
	{
		const soon = () => {
			this.eventTimer ??= setTimeout(() => {
				this.eventTimer = null;
				this.pollNow();
			}, EVENT_MS);
		};

		this.events = new AbortController();
		follow(['events'], {}, soon, this.events.signal);
	}

	onProblem(problem)
	{
		if (this.state === 'unauthorized')
			return;
		this.retryMs = Math.min(1.6 * this.retryMs, RETRY_MAX_MS);
		this.setState('down', problem);
	}

	setState(state, problem)
	{
		if (state === 'up' && !this.events)
			this.followEvents();
		if (state === 'unauthorized') {
			this.events?.abort();
			this.events = null;
		}
		this.state = state;
		this.dispatchEvent(new CustomEvent('link', {detail: {
			state, problem, wait_s: Math.round(this.retryMs / 1000)}}));
	}

	/* Figures of the whole server. */
	totals()
	{
		const sum = (key) =>
			this.streams.reduce((n, s) => n + (s[key] ?? 0), 0);

		return {streams: this.streams.length, viewers: sum('viewers'),
			bits_per_second: sum('bits_per_second'),
			load: this.server.load, memory: this.server.memory_bytes,
			sessions: this.server.sessions};
	}

	remember(now)
	{
		const seen = new Set(Object.keys(this.totals()));

		for (const [key, value] of Object.entries(this.totals()))
			this.history(key).add(now, value);
		for (const stream of this.streams) {
			const id = streamId(stream);

			for (const key of ['bits_per_second', 'viewers']) {
				seen.add(`${key} ${id}`);
				this.history(`${key} ${id}`).add(now, stream[key]);
			}
		}
		for (const name of this.histories.keys())
			if (!seen.has(name))
				this.histories.delete(name);
	}
}


export function streamId({vhost, application, name})
{
	return JSON.stringify([vhost ?? '', application, name]);
}


export const model = new Model();
