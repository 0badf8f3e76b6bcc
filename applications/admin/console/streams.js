/* The streams: what the whole server does, a row for each, and beside them
 * the one that somebody looks at. */
import {el, empty, icon, setRows, setText, show} from './dom.js';
import {bitrate, codec, count, duration, plural} from './format.js';
import {Chart, Sparkline} from './charts.js';
import {model, streamId} from './model.js';
import {StreamDetail} from './stream_detail.js';


/* "H.264 1920×1080 25 fps · AAC" */
export function summary(stream)
{
	const of = (kind) => (stream.tracks ?? []).filter((t) => t.kind === kind);

	return [...of('video'), ...of('audio')]
		.map((t) => [codec(t.codec),
			t.width ? `${t.width}×${t.height}` : null,
			t.frame_rate ? `${Number(t.frame_rate.toFixed(2))} fps` : null]
			.filter(Boolean).join(' '))
		.join(' · ') || 'no media yet';
}


export function streamHash({application, name})
{
	return '#/streams/' + [application, name].map(encodeURIComponent)
		.join('/');
}


function makeRow(stream)
{
	const row = el('li', {class: 'stream'});
	const link = el('a', {class: 'stream-name', href: streamHash(stream)});

	row.parts = {
		link, about: el('span', {class: 'stream-about'}),
		rate: el('span', {class: 'stream-figure'}),
		rateLine: new Sparkline(),
		viewers: el('span', {class: 'stream-figure'}),
		viewersLine: new Sparkline(),
		age: el('span', {class: 'stream-age'}),
	};
	link.append(el('span', {class: 'stream-app'}, stream.application + ' / '),
		el('bdi', {}, stream.name));
	row.append(
		el('span', {class: 'stream-play', 'aria-hidden': 'true'},
			icon('play')),
		el('div', {class: 'stream-who'}, link, row.parts.about),
		el('div', {class: 'stream-cell'}, row.parts.rate,
			row.parts.rateLine.root),
		el('div', {class: 'stream-cell'}, row.parts.viewers,
			row.parts.viewersLine.root),
		row.parts.age);
	return row;
}


function updateRow(row, stream, isCurrent)
{
	const {parts} = row;
	const id = streamId(stream);

	row.classList.toggle('is-current', isCurrent);
	if (isCurrent)
		parts.link.setAttribute('aria-current', 'true');
	else
		parts.link.removeAttribute('aria-current');
	setText(parts.about, summary(stream));
	setText(parts.rate, bitrate(stream.bits_per_second));
	setText(parts.viewers, plural(stream.viewers, 'viewer'));
	setText(parts.age, duration(stream.age_seconds));
	parts.rateLine.set(model.history(`bits_per_second ${id}`));
	parts.viewersLine.set(model.history(`viewers ${id}`));
}


export class StreamsView {
	constructor()
	{
		this.tiles = {
			streams: new Chart({title: 'Streams', format: count, least: 4,
				isSmall: true}),
			viewers: new Chart({title: 'Viewers', format: count, least: 4,
				isSmall: true}),
			bits_per_second: new Chart({title: 'Published',
				format: bitrate, least: 1e6, isSmall: true}),
		};
		this.list = el('ul', {class: 'streams', role: 'list'});
		this.filter = el('input', {type: 'search', placeholder: 'Filter',
			'aria-label': 'Filter streams by name', spellcheck: 'false',
			oninput: () => this.update()});
		this.none = empty('No stream is published',
			'Point OBS or ffmpeg at this server: ',
			el('a', {href: '#/publish'}, 'how to publish'), '.');
		this.noMatch = empty('No stream matches');
		this.waiting = el('p', {class: 'empty'}, 'Asking the server…');
		this.side = el('aside', {class: 'side', 'aria-label': 'Stream'});
		this.count = el('span', {class: 'count'});
		this.root = el('div', {class: 'view streams-view'},
			el('div', {class: 'tiles'},
				...Object.values(this.tiles).map((t) => t.root)),
			el('div', {class: 'split'},
				el('section', {class: 'panel',
					'aria-labelledby': 'streams-title'},
				el('header', {class: 'panel-head'},
					el('h1', {id: 'streams-title'}, 'Streams'),
					this.count, this.filter),
				this.waiting, this.none, this.noMatch, this.list),
				this.side));
		this.onChange = () => this.update();
	}

	open([application, name])
	{
		model.addEventListener('change', this.onChange);
		this.select(application === undefined ? null :
			{application, name: name ?? ''});
		this.update();
	}

	close()
	{
		model.removeEventListener('change', this.onChange);
		this.select(null);
		for (const tile of Object.values(this.tiles))
			tile.close();
	}

	restyle()
	{
		for (const tile of Object.values(this.tiles))
			tile.restyle();
		this.detail?.restyle();
	}

	select(stream)
	{
		this.detail?.close();
		this.detail = stream && new StreamDetail(stream);
		this.root.classList.toggle('has-side', Boolean(stream));
		this.side.replaceChildren(...(stream ? [this.detail.root] : []));
	}

	isCurrent(stream)
	{
		return this.detail?.is(stream) ?? false;
	}

	update()
	{
		const all = model.streams;
		const wanted = this.filter.value.trim().toLowerCase();
		const shown = (all ?? []).filter((s) =>
			`${s.application}/${s.name}`.toLowerCase().includes(wanted));

		show(this.waiting, !all);
		show(this.none, all && !all.length);
		show(this.noMatch, all?.length && !shown.length);
		show(this.filter, all?.length > 5 || wanted);
		setText(this.count, all?.length ? count(all.length) : '');
		setRows(this.list, shown, {key: streamId, make: makeRow,
			update: (row, s) => updateRow(row, s, this.isCurrent(s))});
		if (!all)
			return;
		for (const [key, tile] of Object.entries(this.tiles))
			tile.set(model.history(key));
		this.detail?.update(all.find((s) => this.isCurrent(s)));
	}
}
