/* Paging through a list of which the server tells a page, and what to ask for
 * the next one. */
import {el, setText, show} from './dom.js';


export class Pager {
	/* load({cursor, isRefresh}): gets that page, and then calls set(). */
	constructor(load)
	{
		this.load = load;
		this.cursors = [undefined];     /* of the pages up to this one */
		this.before = el('button', {type: 'button',
			onclick: () => this.go(-1)}, 'Back');
		this.after = el('button', {type: 'button',
			onclick: () => this.go(1)}, 'Next');
		this.text = el('span', {role: 'status'});
		this.root = el('div', {class: 'pager', hidden: true}, this.before,
			this.text, this.after);
	}

	first()
	{
		this.cursors = [undefined];
		this.load({cursor: undefined});
	}

	refresh()
	{
		this.load({cursor: this.cursors.at(-1), isRefresh: true});
	}

	go(step)
	{
		if (step > 0)
			this.cursors.push(this.next);
		else
			this.cursors.pop();
		this.load({cursor: this.cursors.at(-1)});
	}

	/* A page has come; next: the cursor of the one after it, if any. */
	set(next)
	{
		const n = this.cursors.length;

		this.next = next ?? undefined;
		this.before.disabled = n === 1;
		this.after.disabled = !this.next;
		setText(this.text, `Page ${n}`);
		show(this.root, n > 1 || this.next);
	}
}
