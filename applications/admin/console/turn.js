/* TURN: the allocations, and a way to end one. */
import {confirmed, el, empty, setRows, setText, show, toast} from './dom.js';
import {del, get} from './api.js';
import {bytes, count, duration} from './format.js';
import {Pager} from './pager.js';
import {makeTableRow, table, updateTableRow} from './sessions.js';

const POLL_MS = 3000;
const PAGE = 50;

/* "203.0.113.1:49152", of TCP "203.0.113.1:49152 tcp" */
function relays(allocation)
{
	return (allocation.relays ?? []).map(({address, protocol}) =>
		address + (protocol === 'udp' ? '' : ' ' + protocol)).join(', ');
}


const COLUMNS = [
	['Client', (a) => a.client],
	['User', (a) => a.user],
	['Transport', (a) => a.transport],
	['Relay', relays],
	['For', (a) => duration(a.age_seconds)],
	['Expires in', (a) => duration(a.relays?.[0]?.left_seconds)],
	['Peers', (a) => count(a.permissions?.length), 'number'],
	['Channels', (a) => count(a.channels?.length), 'number'],
	['To peers', (a) => bytes(a.sent_bytes), 'number'],
	['From peers', (a) => bytes(a.received_bytes), 'number'],
];


export class TurnView {
	constructor()
	{
		this.pager = new Pager((more) => this.load(more));
		this.table = table('Allocations', COLUMNS, 'End');
		this.none = empty('No allocation',
			'A client that relays appears here. ',
			el('code', {}, 'sluice --credentials config.lua'),
			' prints what a browser needs for a try.');
		this.problem = el('p', {class: 'problem', role: 'alert'});
		this.count = el('span', {class: 'count'});
		show(this.none, false);
		show(this.table, false);
		this.root = el('section', {class: 'view panel',
			'aria-labelledby': 'turn-title'},
		el('header', {class: 'panel-head'},
			el('h1', {id: 'turn-title'}, 'TURN allocations'), this.count),
		this.problem, this.none,
		el('div', {class: 'wide'}, this.table), this.pager.root);
	}

	open()
	{
		this.pager.first();
	}

	close()
	{
		this.isClosed = true;
		clearTimeout(this.timer);
	}

	async load({cursor})
	{
		clearTimeout(this.timer);
		try {
			const page = await get(['turn', 'allocations'],
				{limit: PAGE, after: cursor});

			if (this.isClosed)
				return;
			this.draw(page);
			setText(this.problem, '');
		} catch (problem) {
			if (problem.status)
				setText(this.problem, problem.message);
		}
		if (!this.isClosed)
			this.timer = setTimeout(() => this.pager.refresh(), POLL_MS);
	}

	draw(page)
	{
		const {allocations} = page;

		setRows(this.table.body, allocations, {
			key: (a) => a.id,
			make: (a) => this.makeRow(a),
			update: (row, a) => updateTableRow(row, COLUMNS, a)});
		show(this.table, allocations.length);
		show(this.none, !allocations.length);
		setText(this.count, page.total === undefined ? '' :
			count(page.total));
		this.pager.set(page.next);
	}

	makeRow(allocation)
	{
		const button = el('button', {class: 'danger small', type: 'button',
			'aria-label': `End the allocation of ${allocation.client}`},
		'End');
		const row = makeTableRow(COLUMNS, button);

		button.addEventListener('click', () => this.end(row.item));
		return row;
	}

	async end(allocation)
	{
		const yes = await confirmed({
			title: 'End this allocation?', yes: 'End it',
			text: 'What is relayed through it stops. The client may ' +
				'allocate again.',
			facts: [['Client', allocation.client],
				['User', allocation.user], ['Relay', relays(allocation)]],
		});

		if (!yes)
			return;
		try {
			await del(['turn', 'allocations', allocation.id]);
			toast('The allocation is ended');
		} catch (problem) {
			toast(`It could not be ended: ${problem.message}`);
		}
		this.pager.refresh();
	}
}
