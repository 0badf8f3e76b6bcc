/* Making elements.  Texts become text nodes, always: nothing that a peer can
 * name is ever read as markup, and there is no innerHTML in this console. */

const SVG = 'http://www.w3.org/2000/svg';


export function byId(id)
{
	return document.getElementById(id);
}


/* el('button', {class: 'kick', type: 'button', onclick: kick}, 'Kick')
 * Attributes that are null, undefined or false are left out; children that are
 * null are, too. */
export function el(tag, attributes = {}, ...children)
{
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false)
			continue;
		if (name.startsWith('on'))
			element.addEventListener(name.slice(2), value);
		else if (name === 'data')
			Object.assign(element.dataset, value);
		else
			element.setAttribute(name, value === true ? '' : value);
	}
	element.append(...children.flat().filter((c) => c != null));
	return element;
}


/* One of the symbols in index.html. */
export function icon(name)
{
	const svg = document.createElementNS(SVG, 'svg');
	const use = document.createElementNS(SVG, 'use');

	svg.setAttribute('aria-hidden', 'true');
	use.setAttribute('href', '#i-' + name);
	svg.append(use);
	return svg;
}


/* Show another symbol in what icon() made. */
export function setIcon(svg, name)
{
	svg.firstChild.setAttribute('href', '#i-' + name);
}


/* Change a text only where it is another one: what a person has selected
 * stays selected, and screen readers are not told the same again. */
export function setText(element, text)
{
	const value = text == null ? '' : String(text);

	if (element.textContent !== value)
		element.textContent = value;
}


export function show(element, isShown)
{
	element.hidden = !isShown;
}


/* Make the children of `parent` those of `items`, in order: an item that was
 * there before keeps its element, and with it the keyboard's focus.
 * make(item) gives an element; update(element, item) fills it in. */
export function setRows(parent, items, {key, make, update})
{
	const known = parent.keyed ??= new Map();
	const left = new Set(known.keys());
	let next = parent.firstElementChild;

	for (const item of items) {
		const k = key(item);
		let row = known.get(k);

		left.delete(k);
		if (!row)
			known.set(k, row = make(item));
		update(row, item);
		if (row === next)
			next = next.nextElementSibling;
		else
			parent.insertBefore(row, next);
	}
	for (const k of left) {
		known.get(k).remove();
		known.delete(k);
	}
}


/* What stands where there is nothing yet: why, and what to do. */
export function empty(title, ...text)
{
	return el('div', {class: 'empty'}, el('h3', {}, title),
		text.length ? el('p', {}, ...text) : null);
}


/* A term and its description in a <dl>. */
export function fact(name, value)
{
	return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}


let toastTimer;

/* Say something in passing. */
export function toast(text)
{
	const place = byId('toast');

	place.textContent = text;
	place.classList.add('is-shown');
	clearTimeout(toastTimer);
	toastTimer = setTimeout(() => place.classList.remove('is-shown'), 4000);
}


/* Ask before something that cannot be taken back; a promise of yes or no.
 * facts: [[name, value], ...] about what it will happen to. */
export function confirmed({title, text, facts = [], yes})
{
	const dialog = byId('confirm');

	setText(byId('confirm-title'), title);
	setText(byId('confirm-text'), text);
	setText(byId('confirm-yes'), yes);
	byId('confirm-facts').replaceChildren(
		...facts.filter(([, v]) => v).map(([k, v]) => fact(k, v)));
	dialog.returnValue = '';
	dialog.showModal();
	return new Promise((resolve) => dialog.addEventListener('close',
		() => resolve(dialog.returnValue === 'yes'), {once: true}));
}


/* A button that copies what text() gives. */
export function copyButton(text, what)
{
	const button = el('button', {class: 'copy', type: 'button',
		'aria-label': 'Copy ' + what, title: 'Copy ' + what},
	icon('copy'));

	button.addEventListener('click', async () => {
		const ok = await copy(text());

		toast(ok ? `Copied ${what}` :
			'The browser does not let this page copy');
	});
	return button;
}


/* navigator.clipboard is there for https and localhost only. */
async function copy(text)
{
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const area = el('textarea', {class: 'offscreen'});
		const focus = document.activeElement;

		area.value = text;
		document.body.append(area);
		area.select();
		const ok = document.execCommand('copy');
		area.remove();
		focus?.focus();
		return ok;
	}
}
