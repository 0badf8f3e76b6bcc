/* How to publish, and where to watch: from the acceptors of this server. */
import {copyButton, el, empty} from './dom.js';
import {get} from './api.js';

const SCHEMES = {
	inboundRtmp: ['rtmp'], inboundRtmps: ['rtmps'],
	inboundHttp: ['http'], inboundHttps: ['https'],
	inboundAny: ['rtmp', 'http'],
};
const DEFAULT_PORTS = {rtmp: 1935, rtmps: 443, http: 80, https: 443};


/* What one can speak at a door; chains may be spelled out: "tcp tls rtmp". */
function schemesOf({chain})
{
	const near = chain.match(/(rtmp|http)$/)?.[1];

	return SCHEMES[chain] ?? (!near ? [] :
		[/\btls\b/.test(chain) ? near + 's' : near]);
}


/* The host that this page came from, as a person would type it. */
function origin(scheme, port)
{
	return `${scheme}://${location.hostname}` +
		(port === DEFAULT_PORTS[scheme] ? '' : ':' + port);
}


function line(what, text)
{
	/* Broken between words only: "-g 50" is not "-" and "g 50". */
	const words = text.split(' ').flatMap((word, n) =>
		[n ? ' ' : null, el('span', {class: 'word'}, word)]);

	return el('div', {class: 'line'},
		el('span', {class: 'line-name'}, what),
		el('pre', {class: 'code'}, el('code', {}, ...words)),
		copyButton(() => text, what.toLowerCase()));
}


function card(title, note, ...lines)
{
	return el('section', {class: 'panel card'}, el('h2', {}, title),
		note ? el('p', {class: 'note'}, note) : null, ...lines);
}


/* In a shell, whatever the name holds. */
function quoted(text)
{
	return /^[\w@%+=:,./-]+$/.test(text) ? text :
		`'${text.replaceAll("'", "'\\''")}'`;
}


export class PublishView {
	constructor()
	{
		this.name = el('input', {id: 'publish-name', value: 'demo',
			spellcheck: 'false', autocomplete: 'off',
			oninput: () => this.draw()});
		this.place = el('div', {class: 'cards'});
		this.root = el('div', {class: 'view'},
			el('section', {class: 'panel'},
				el('header', {class: 'panel-head'},
					el('h1', {}, 'How to publish')),
				el('div', {class: 'field'},
					el('label', {for: 'publish-name'}, 'Name of the stream'),
					this.name)),
			this.place);
	}

	async open()
	{
		try {
			this.acceptors = (await get(['acceptors'])).acceptors;
			this.draw();
		} catch (problem) {
			this.place.replaceChildren(empty('The acceptors are not known',
				problem.message));
		}
	}

	close()
	{
	}

	/* The doors of one kind that others can reach by this page's host. */
	doors(...schemes)
	{
		const seen = new Set();

		return (this.acceptors ?? [])
			.flatMap((a) => schemesOf(a).map((scheme) => ({...a, scheme,
				port: Number(a.address.match(/\d+$/)?.[0])})))
			.filter(({scheme, application, port}) => {
				const door = `${scheme} ${application} ${port}`;
				const isNew = !seen.has(door);

				seen.add(door);
				return schemes.includes(scheme) && isNew;
			});
	}

	draw()
	{
		const name = this.name.value.trim() || 'demo';
		const rtmp = this.doors('rtmp', 'rtmps');

		this.place.replaceChildren(
			...rtmp.map((door) => this.publishCard(door, name)),
			...this.watchCards(name, rtmp));
		if (!rtmp.length)
			this.place.prepend(empty('Nothing takes streams here',
				'An application needs an acceptor with the protocol ',
				el('code', {}, 'inboundRtmp'), '; see config.lua.'));
	}

	publishCard({scheme, application, port}, name)
	{
		const server = `${origin(scheme, port)}/${application}`;
		const url = quoted(`${server}/${name}`);

		return card(`${scheme.toUpperCase()} on port ${port}`,
			'OBS: Settings, Stream, Service “Custom…”. A key frame ' +
			'every 2 s and no B-frames keep the delay small.',
			line('Server', server),
			line('Stream key', name),
			line('ffmpeg', 'ffmpeg -re -i input.mp4 -c:v libx264 -preset ' +
				'veryfast -tune zerolatency -g 50 -c:a aac -f flv ' + url),
			line('Test picture', 'ffmpeg -re -f lavfi -i testsrc2=s=1280x720' +
				':r=25 -f lavfi -i sine=r=48000 -pix_fmt yuv420p -c:v ' +
				'libx264 -preset veryfast -tune zerolatency -g 50 -c:a aac ' +
				`-f flv ${url}`));
	}

	watchCards(name, rtmp)
	{
		const app = rtmp[0]?.application;
		const urls = (start, endings) => endings.map(([what, ending]) =>
			line(what, `${start}/${app}/${encodeURIComponent(name)}` +
				ending));

		if (!app)
			return [];
		return this.doors('http', 'https')
			.filter((door) => door.application === app)
			.map(({scheme, port}) => card(
				`Watch by ${scheme.toUpperCase()} on port ${port}`,
				'In a browser, VLC, mpv, or ffplay.',
				...urls(origin(scheme, port), [['HLS', '/index.m3u8'],
					['fMP4', '.mp4'], ['FLV', '.flv'],
					['MPEG-TS', '.ts']])));
	}
}
