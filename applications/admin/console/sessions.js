/* The sessions: who is connected, a page at a time, and a way to end one. */
import {confirmed, el, empty, setRows, setText, show, toast} from './dom.js';
import {del, get} from './api.js';
import {bytes, count, duration} from './format.js';
import {Pager} from './pager.js';

const POLL_MS = 3000;
const PAGE = 50;


const FILTERS = [['stream', 'Stream'], ['address', 'Address'],
	['application', 'Application'], ['protocol', 'Protocol'],
	['user_agent', 'Program']];


/* What it does, for a person: "publishes demo, plays other". */
function doing({streams})
{
	return (streams ?? []).map(({role, name}) =>
		`${role === 'publish' ? 'publishes' : 'plays'} ${name}`)
		.join(', ');
}


/* Ask, and end it.  session: {id, address, application, ...}; a promise of
 * whether it was ended. */
export async function kick(session)
{
	const yes = await confirmed({
		title: 'End this session?', yes: 'End it',
		text: 'The connection is closed. Its program may well connect ' +
			'again: to keep it out, refuse it in a hook.',
		facts: [['Session', session.id], ['Address', session.address],
			['Does', doing(session)],
			['Program', session.user_agent]],
	});

	if (!yes)
		return false;
	try {
		await del(['sessions', session.id]);
		toast(`Session ${session.id} is ended`);
		return true;
	} catch (problem) {
		toast(problem.status === 404 ? 'This session is over already' :
			problem.status === 403 ?
				'This token may look, and change nothing' :
				`It could not be ended: ${problem.message}`);
		return false;
	}
}


const COLUMNS = [
	['Address', (s) => s.address],
	['Protocol', (s) => s.protocol],
	['Application', (s) => s.application],
	['Does', doing, 'long'],
	['For', (s) => duration(s.age_seconds)],
	['In', (s) => bytes(s.received_bytes), 'number'],
	['Out', (s) => bytes(s.sent_bytes), 'number'],
	['Program', (s) => s.user_agent, 'long'],
];


/* A table that reads as cards where it is narrow: the roles are said, since
 * browsers forget them with the layout. */
export function table(label, columns, more)
{
	const body = el('tbody', {role: 'rowgroup'});

	return Object.assign(el('table', {role: 'table', 'aria-label': label},
		el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'},
			...columns.map(([name, , kind]) => el('th', {scope: 'col',
				role: 'columnheader', class: kind}, name)),
			more ? el('th', {scope: 'col', role: 'columnheader'},
				el('span', {class: 'offscreen'}, more)) : null)),
		body), {body});
}


export function makeTableRow(columns, last)
{
	const cells = columns.map(([name, , kind]) => el('td', {role: 'cell',
		class: kind, data: {label: name}}));

	return Object.assign(el('tr', {role: 'row'}, ...cells,
		last ? el('td', {role: 'cell', class: 'act'}, last) : null),
	{fields: cells});
}


export function updateTableRow(row, columns, item)
{
	row.item = item;
	columns.forEach(([, read], n) => setText(row.fields[n], read(item)));
}


export class SessionsView {
	constructor()
	{
		this.pager = new Pager((more) => this.load(more));
		this.filter = el('input', {type: 'search', spellcheck: 'false',
			placeholder: 'All', 'aria-label': 'Only those with',
			oninput: () => {
				clearTimeout(this.typing);
				this.typing = setTimeout(() => this.pager.first(), 250);
			}});
		this.field = el('select', {'aria-label': 'Filter by',
			onchange: () => this.filter.value && this.pager.first()},
		...FILTERS.map(([value, name]) => el('option', {value}, name)));
		this.table = table('Sessions', COLUMNS, 'End');
		this.none = empty('Nobody is connected',
			'Publishers and players appear here as they come: ',
			el('a', {href: '#/publish'}, 'how to publish'), '.');
		this.noMatch = empty('No session matches');
		this.problem = el('p', {class: 'problem', role: 'alert'});
		this.count = el('span', {class: 'count'});
		for (const part of [this.none, this.noMatch, this.table])
			show(part, false);
		this.root = el('section', {class: 'view panel',
			'aria-labelledby': 'sessions-title'},
		el('header', {class: 'panel-head'},
			el('h1', {id: 'sessions-title'}, 'Sessions'), this.count,
			el('div', {class: 'filter'}, this.field, this.filter)),
		this.problem, this.none, this.noMatch,
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
		clearTimeout(this.typing);
	}

	async load({cursor, isRefresh})
	{
		const wanted = this.filter.value.trim();
		const query = {limit: PAGE, after: cursor, [this.field.value]: wanted};

		clearTimeout(this.timer);
		try {
			const page = await get(['sessions'], query);

			if (this.isClosed || wanted !== this.filter.value.trim())
				return;
			this.draw(page, wanted);
			setText(this.problem, '');
		} catch (problem) {
			if (!isRefresh || problem.status)
				setText(this.problem, problem.message);
		}
		if (!this.isClosed)
			this.timer = setTimeout(() => this.pager.refresh(), POLL_MS);
	}

	draw(page, wanted)
	{
		const {sessions} = page;

		setRows(this.table.body, sessions, {
			key: (s) => s.id,
			make: (s) => this.makeRow(s),
			update: (row, s) => updateTableRow(row, COLUMNS, s)});
		show(this.table, sessions.length);
		show(this.none, !sessions.length && !wanted);
		show(this.noMatch, !sessions.length && wanted);
		setText(this.count, page.total === undefined ? '' :
			count(page.total));
		this.pager.set(page.next);
	}

	makeRow(session)
	{
		const button = el('button', {class: 'danger small', type: 'button',
			'aria-label': `End the session of ${session.address}`}, 'End');
		const row = makeTableRow(COLUMNS, button);

		button.addEventListener('click', async () => {
			if (await kick(row.item))
				this.pager.refresh();
		});
		return row;
	}
}
