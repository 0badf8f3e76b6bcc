/* The server's API, as openapi.json describes it.  The token is kept in this
 * tab's sessionStorage and sent in a header: never in a URL, which logs and
 * histories keep. */

const BASE = '/api/v1';
const TIMEOUT_MS = 8000;
const KEY = 'sluice-token';


/* An answer that is no success.  status 0: there was none. */
export class Problem extends Error {
	constructor(status, title, detail, retryAfter)
	{
		super(detail || title);
		this.status = status;
		this.title = title;
		this.retryAfter = retryAfter;
	}
}


/* Tells 'up', 'down' (detail: the Problem) and 'unauthorized' (the same). */
export const link = new EventTarget();


export function hasToken()
{
	return sessionStorage.getItem(KEY) !== null;
}


export function setToken(token)
{
	if (token)
		sessionStorage.setItem(KEY, token);
	else
		sessionStorage.removeItem(KEY);
}


function headers(more = {})
{
	const token = sessionStorage.getItem(KEY);

	return token ? {...more, Authorization: 'Bearer ' + token} : more;
}


function tell(type, detail)
{
	link.dispatchEvent(new CustomEvent(type, {detail}));
}


/* RFC 9457, or whatever stands there. */
async function readProblem(response)
{
	const seconds = Number(response.headers.get('Retry-After')) || 0;
	let said = {};

	try {
		said = await response.json();
	} catch {
		/* A proxy's page, or nothing: the status must do. */
	}
	return new Problem(response.status,
		said.title || response.statusText || `Status ${response.status}`,
		said.detail, seconds);
}


async function send(path, options)
{
	let response;

	try {
		response = await fetch(BASE + path, {cache: 'no-store', ...options});
	} catch (error) {
		if (options.signal?.aborted && error.name !== 'TimeoutError')
			throw error;
		const problem = new Problem(0, 'The server does not answer');
		tell('down', problem);
		throw problem;
	}
	if (response.ok) {
		tell('up');
		return response;
	}
	const problem = await readProblem(response);

	if (problem.status === 401 || problem.status === 429)
		tell('unauthorized', problem);
	else
		tell(problem.status >= 502 ? 'down' : 'up', problem);
	throw problem;
}


async function request(method, path, body)
{
	const response = await send(path, {
		method, signal: AbortSignal.timeout(TIMEOUT_MS),
		headers: headers(body === undefined ? {} :
			{'Content-Type': 'application/json'}),
		body: body === undefined ? undefined : JSON.stringify(body),
	});

	return response.status === 204 || response.status === 202 ? null :
		response.json();
}


/* A path whose last parts are what peers chose, and a query without what is
 * not set. */
function path(parts, query = {})
{
	const set = Object.entries(query).filter(([, v]) =>
		v !== '' && v !== null && v !== undefined);

	return '/' + parts.map(encodeURIComponent).join('/') +
		(set.length ? '?' + set.map(([k, v]) =>
			`${k}=${encodeURIComponent(v)}`).join('&') : '');
}


export const get = (parts, query) => request('GET', path(parts, query));
export const del = (parts) => request('DELETE', path(parts));
export const put = (parts, body) => request('PUT', path(parts), body);
export const post = (parts, body) => request('POST', path(parts), body);


/* One server-sent event from its lines, or null. */
function parseEvent(block)
{
	const event = {type: 'message', data: ''};

	for (const line of block.split('\n')) {
		const colon = line.indexOf(':');
		const name = colon < 0 ? line : line.slice(0, colon);
		const value = colon < 0 ? '' :
			line.slice(colon + 1).replace(/^ /, '');

		if (name === 'event')
			event.type = value;
		else if (name === 'id')
			event.id = value;
		else if (name === 'data')
			event.data += (event.data && '\n') + value;
	}
	return event.data ? event : null;
}


async function readEvents(response, onEvent)
{
	const reader = response.body.pipeThrough(new TextDecoderStream())
		.getReader();
	let text = '';

	for (;;) {
		const {value, done} = await reader.read();
		if (done)
			return;
		text = (text + value).replace(/\r\n?/g, '\n');
		const blocks = text.split('\n\n');

		text = blocks.pop();
		for (const event of blocks.map(parseEvent))
			if (event)
				onEvent(event);
	}
}


/* Follow server-sent events until `signal` is aborted, again and again.
 * fetch, since EventSource cannot send a token. */
export async function follow(parts, query, onEvent, signal)
{
	let wait = 1000, lastId;

	while (!signal.aborted) {
		try {
			const response = await send(path(parts, query), {signal,
				headers: headers({Accept: 'text/event-stream',
					...(lastId && {'Last-Event-ID': lastId})})});
			wait = 1000;
			await readEvents(response, (event) => {
				lastId = event.id ?? lastId;
				onEvent(event);
			});
		} catch (error) {
			if (error.status === 404 || error.status === 401)
				return;
		}
		await new Promise((resolve) => setTimeout(resolve, wait));
		wait = Math.min(2 * wait, 15000);
	}
}
