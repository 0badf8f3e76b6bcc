/* One stream: its picture, its figures, its tracks, who watches it how. */
import {el, fact, icon, setRows, setText, show} from './dom.js';
import {bitrate, bytes, codec, count, duration, plural, short} from './format.js';
import {Chart} from './charts.js';
import {model, streamId} from './model.js';
import {Player} from './player.js';
import {kick} from './sessions.js';


const KINDS = ['video', 'audio', 'data'];


function inOrder(tracks)
{
	return [...tracks].sort((a, b) =>
		KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
		Number(a.index) - Number(b.index));
}


function trackFacts(track)
{
	return [
		track.width ? `${track.width}×${track.height}` : null,
		track.frame_rate ? `${Number(track.frame_rate.toFixed(2))} fps` : null,
		track.sample_rate ? `${track.sample_rate / 1000} kHz` : null,
		track.channels ? plural(track.channels, 'channel') : null,
		track.bits_per_second === undefined ? null :
			bitrate(track.bits_per_second),
		track.gop_seconds ? `key frame each ${short(track.gop_seconds)}` +
			` (${plural(track.gop_frames, 'frame')})` : null,
		track.repaired_frames ?
			`${plural(track.repaired_frames, 'time')} repaired` : null,
	].filter(Boolean).join(' · ');
}


function makeTrack()
{
	const name = el('span', {class: 'track-name'});
	const facts = el('span', {class: 'track-facts'});

	return Object.assign(el('li', {class: 'track'}, name, facts),
		{parts: {name, facts}});
}


function updateTrack(row, track)
{
	setText(row.parts.name, track.kind === 'data' ? 'Data' :
		`${track.kind === 'video' ? 'Video' : 'Audio'} ${codec(track.codec)}`);
	setText(row.parts.facts, trackFacts(track));
}


const FORMATS = {
	'rtmp': 'RTMP', 'flv': 'FLV', 'flv-websocket': 'FLV, WebSocket',
	'mpegts': 'MPEG-TS', 'mpegts-websocket': 'MPEG-TS, WebSocket',
	'fmp4': 'fMP4', 'fmp4-websocket': 'fMP4, WebSocket',
};


function makeFormat()
{
	const value = el('dd');
	const name = el('dt');

	return Object.assign(el('div', {}, name, value),
		{parts: {name, value}});
}


function updateFormat(row, format)
{
	setText(row.parts.name, FORMATS[format.name] ?? format.name);
	setText(row.parts.value, plural(format.viewers, 'viewer'));
}


export class StreamDetail {
	constructor(stream)
	{
		this.stream = stream;
		this.player = new Player();
		this.charts = {
			bits_per_second: new Chart({title: 'Bitrate', format: bitrate,
				least: 1e5}),
			viewers: new Chart({title: 'Viewers', format: count, least: 4}),
		};
		this.tracks = el('ul', {class: 'tracks', role: 'list'});
		this.facts = el('dl', {class: 'facts'});
		this.formats = el('dl', {class: 'facts'});
		this.gone = el('p', {class: 'note', role: 'status'},
			'Nobody publishes this stream now. It is shown as soon as ' +
			'somebody does.');
		this.kickButton = el('button', {class: 'danger', type: 'button',
			onclick: () => this.kick()}, 'End the publisher');
		this.root = el('section', {class: 'panel detail',
			'aria-labelledby': 'detail-title'}, this.head(),
		this.player.root, this.gone,
		el('div', {class: 'detail-charts'},
			...Object.values(this.charts).map((c) => c.root)),
		el('h3', {}, 'Tracks'), this.tracks,
		el('h3', {}, 'Viewers by format'), this.formats,
		el('h3', {}, 'Stream'), this.facts,
		el('div', {class: 'actions'}, this.kickButton));
		this.player.open(stream);
		this.update(null);
	}

	head()
	{
		return el('header', {class: 'panel-head'},
			el('h2', {id: 'detail-title'},
				el('span', {class: 'stream-app'},
					this.stream.application + ' / '),
				el('bdi', {}, this.stream.name)),
			el('a', {class: 'icon', href: '#/streams', title: 'Close',
				'aria-label': 'Close this stream'}, icon('close')));
	}

	is(stream)
	{
		return stream.application === this.stream.application &&
			stream.name === this.stream.name;
	}

	/* now: as the server describes it, or nothing. */
	update(now)
	{
		show(this.gone, !now && model.streams !== null);
		show(this.kickButton, Boolean(now?.publisher?.id));
		this.now = now;
		if (!now)
			return;
		const id = streamId(now);

		for (const [key, chart] of Object.entries(this.charts))
			chart.set(model.history(`${key} ${id}`));
		setRows(this.tracks, inOrder(now.tracks ?? []), {
			key: (t) => `${t.kind} ${t.index}`, make: makeTrack,
			update: updateTrack});
		setRows(this.formats, now.formats ?? [], {
			key: (f) => f.name, make: makeFormat, update: updateFormat});
		this.updateFacts(now);
	}

	updateFacts(now)
	{
		const facts = [
			['Published for', duration(now.age_seconds)],
			['Publisher', now.publisher?.address],
			['Program', now.publisher?.user_agent],
			['Session', now.publisher?.id],
			['Kept for viewers', bytes(now.kept_bytes)],
			['Clock jumps', now.clock_jumps ? count(now.clock_jumps) : null],
		].filter(([, value]) => value);

		setRows(this.facts, facts, {key: ([name]) => name,
			make: ([name]) => fact(name, ''),
			update: (row, [, value]) => setText(row.lastChild, value)});
	}

	kick()
	{
		kick({...this.now.publisher, streams:
			[{role: 'publish', name: this.stream.name}]});
	}

	restyle()
	{
		for (const chart of Object.values(this.charts))
			chart.restyle();
	}

	close()
	{
		this.player.close();
		for (const chart of Object.values(this.charts))
			chart.close();
	}
}
