/* The end of the server's log. */
import {el, empty, setText, show} from './dom.js';
import {get} from './api.js';
import {clock} from './format.js';
import {model} from './model.js';

const POLL_MS = 1500;
const LINES_MAX = 1000;
const LEVELS = ['error', 'warn', 'info', 'debug'];


export class LogView {
	constructor()
	{
		this.list = el('ol', {class: 'log', role: 'log', tabindex: '0',
			'aria-label': 'Log', 'aria-live': 'off'});
		this.level = el('select', {'aria-label': 'At least',
			onchange: () => this.filterLines()},
		...LEVELS.map((l) => el('option', {value: l}, l)));
		this.level.value = 'info';
		this.filter = el('input', {type: 'search', placeholder: 'Filter',
			'aria-label': 'Filter lines', spellcheck: 'false',
			oninput: () => this.filterLines()});
		this.follow = el('input', {type: 'checkbox', id: 'log-follow',
			checked: true});
		this.none = empty('Nothing has been logged yet');
		show(this.none, false);
		this.problem = el('p', {class: 'problem', role: 'alert'});
		this.root = el('section', {class: 'view panel log-view',
			'aria-labelledby': 'log-title'},
		el('header', {class: 'panel-head'},
			el('h1', {id: 'log-title'}, 'Log'),
			el('label', {class: 'check', for: 'log-follow'}, this.follow,
				'Follow'), this.level, this.filter),
		this.problem, this.none, this.list);
	}

	open()
	{
		this.poll();
	}

	close()
	{
		this.isClosed = true;
		clearTimeout(this.timer);
	}

	async poll()
	{
		this.restart();
		try {
			const answer = await get(['log'], {after: this.last});

			if (this.isClosed)
				return;
			this.add(answer.lines);
			setText(this.problem, '');
		} catch (problem) {
			if (problem.status)
				setText(this.problem, problem.message);
		}
		if (!this.isClosed)
			this.timer = setTimeout(() => this.poll(), POLL_MS);
	}

	/* Another run of the server counts its lines anew. */
	restart()
	{
		const started = model.server?.started;

		if (this.started && started !== this.started) {
			this.last = undefined;
			this.list.replaceChildren();
		}
		this.started = started;
	}

	add(lines)
	{
		for (const line of lines) {
			this.last = line.id;
			this.list.append(this.makeLine(line));
		}
		while (this.list.childElementCount > LINES_MAX)
			this.list.firstElementChild.remove();
		show(this.none, !this.list.childElementCount);
		if (lines.length && this.follow.checked)
			this.list.scrollTop = this.list.scrollHeight;
	}

	makeLine(line)
	{
		const row = el('li', {data: {level: line.level}},
			el('time', {}, clock(line.time)),
			el('span', {class: 'log-level'}, line.level),
			el('span', {class: 'log-category'}, line.object ?
				`${line.category} ${line.object}` : line.category),
			el('span', {class: 'log-text'}, line.text));

		row.hidden = !this.isWanted(row);
		return row;
	}

	isWanted(row)
	{
		return LEVELS.indexOf(row.dataset.level) <=
			LEVELS.indexOf(this.level.value) &&
			row.textContent.toLowerCase().includes(
				this.filter.value.trim().toLowerCase());
	}

	filterLines()
	{
		for (const row of this.list.children)
			row.hidden = !this.isWanted(row);
		if (this.follow.checked)
			this.list.scrollTop = this.list.scrollHeight;
	}
}
