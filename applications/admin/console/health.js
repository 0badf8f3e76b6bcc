/* The health of the server: what its workers do, what it holds. */
import {el, fact, setRows, setText} from './dom.js';
import {bytes, count, duration, percent, plural, short} from './format.js';
import {get} from './api.js';
import {Chart} from './charts.js';
import {model} from './model.js';


function makeWorker(worker)
{
	const bar = el('meter', {min: '0', max: '1', high: '0.85', low: '0.6',
		optimum: '0', 'aria-label': `Load of worker ${worker.id}`});
	const load = el('span', {class: 'worker-load'});
	const more = el('span', {class: 'worker-more'});

	return Object.assign(el('li', {class: 'worker'},
		el('span', {class: 'worker-name'}, `Worker ${worker.id}`), bar,
		load, more), {parts: {bar, load, more}});
}


function updateWorker({parts}, worker)
{
	parts.bar.value = worker.load;
	setText(parts.load, percent(worker.load));
	setText(parts.more, [
		plural(worker.sessions, 'session'),
		plural(worker.long_turns, 'long turn'),
		`longest ${short(worker.longest_turn_seconds)}`,
	].join(' · '));
}


export class HealthView {
	constructor()
	{
		this.charts = {
			load: new Chart({title: 'Busiest worker',
				format: percent, least: 0.1, isSmall: true}),
			memory: new Chart({title: 'Memory', format: bytes,
				least: 1 << 20, isSmall: true}),
			sessions: new Chart({title: 'Sessions', format: count,
				least: 4, isSmall: true}),
		};
		this.facts = el('dl', {class: 'facts wide-facts'});
		this.workers = el('ul', {class: 'workers', role: 'list'});
		this.root = el('div', {class: 'view'},
			el('div', {class: 'tiles'},
				...Object.values(this.charts).map((c) => c.root)),
			el('section', {class: 'panel'},
				el('header', {class: 'panel-head'},
					el('h1', {}, 'Health')),
				this.facts,
				el('h2', {}, 'Workers'), this.workers,
				el('p', {class: 'note'}, 'A long turn is one above 1 ms: ' +
					'for so long, nothing else on that worker moved.')));
		this.onChange = () => this.update();
	}

	open()
	{
		model.addEventListener('change', this.onChange);
		this.update();
	}

	close()
	{
		model.removeEventListener('change', this.onChange);
		for (const chart of Object.values(this.charts))
			chart.close();
	}

	restyle()
	{
		for (const chart of Object.values(this.charts))
			chart.restyle();
	}

	async updateWorkers()
	{
		try {
			const {workers} = await get(['workers']);

			setRows(this.workers, workers, {key: (w) => w.id,
				make: makeWorker, update: updateWorker});
		} catch {
			/* The link's own sign tells of it. */
		}
	}

	update()
	{
		const {server} = model;

		if (!server)
			return;
		this.updateWorkers();
		for (const [key, chart] of Object.entries(this.charts))
			chart.set(model.history(key));
		setRows(this.facts, [
			['Version', server.version],
			['Up for', duration(server.uptime_seconds)],
			['Streams', count(server.streams)],
			['Sessions', count(server.sessions)],
			['Memory', bytes(server.memory_bytes)],
			['Processor time', duration(server.cpu_seconds)],
			['State', server.draining ? 'draining: takes nothing new' :
				'running'],
		], {key: ([name]) => name, make: ([name]) => fact(name, ''),
			update: (row, [, value]) => setText(row.lastChild, value)});
	}
}
