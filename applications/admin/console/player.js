/* The player: the best way that this browser has, a bar to steer it, and a
 * word for a person whenever there is no picture. */
import {el, icon, setIcon, setText, show} from './dom.js';
import {MsePlayer, canPlayMse} from './player_mse.js';

const RETRY_MIN_MS = 1000, RETRY_MAX_MS = 8000;
const TICK_MS = 500, STILL_TICKS = 4;   /* without a move: nothing comes */
const HLS_TYPE = 'application/vnd.apple.mpegurl';


/* -- ways to play, the best first: WebRTC will stand before these. -- */

function mediaUrl(stream, ending, scheme = '')
{
	const path = [stream.application, ...stream.name.split('/')]
		.map(encodeURIComponent).join('/');

	return `${scheme ? scheme + '//' + location.host : ''}/${path}${ending}`;
}


class NativeHls {
	constructor(video, url, on)
	{
		this.video = video;
		this.stop = new AbortController();
		const {signal} = this.stop;

		video.addEventListener('loadedmetadata', () => {
			on.opened({hasVideo: video.videoWidth > 0, codecs: []});
			video.play().catch(() => {});
		}, {signal});
		video.addEventListener('error', () => {
			this.close();
			on.failed(video.currentTime ? 'closed' : 'never');
		}, {signal});
		video.src = url;
	}

	close()
	{
		this.stop.abort();
		this.video.removeAttribute('src');
		this.video.load();
	}

	seekLive()
	{
		const {seekable} = this.video;

		if (seekable.length)
			this.video.currentTime = seekable.end(seekable.length - 1);
	}

	behind()
	{
		return null;
	}
}


const WAYS = [{
	name: 'WebSocket',
	can: canPlayMse,
	open: (video, stream, on) => new MsePlayer(video, mediaUrl(stream, '.mp4',
		location.protocol === 'https:' ? 'wss:' : 'ws:'), on),
}, {
	name: 'HLS',
	can: (video) => Boolean(video.canPlayType(HLS_TYPE)),
	open: (video, stream, on) =>
		new NativeHls(video, mediaUrl(stream, '/index.m3u8'), on),
}];


/* -- the player -- */

function control(name, label, onclick)
{
	return el('button', {class: 'icon', type: 'button', 'aria-label': label,
		title: label, onclick}, icon(name));
}


function relabel(button, name, label)
{
	setIcon(button.firstChild, name);
	button.setAttribute('aria-label', label);
	button.title = label;
}


export class Player {
	constructor()
	{
		this.video = el('video', {playsinline: true, tabindex: '-1'});
		this.video.muted = true;        /* else no browser starts it */
		this.message = el('p', {class: 'player-message', role: 'status'});
		this.makeBar();
		this.root = el('div', {class: 'player', role: 'group',
			'aria-label': 'Player', onkeydown: (e) => this.onKey(e)},
		el('div', {class: 'player-picture',
			ondblclick: () => this.toggleFull()},
		this.video, this.message), this.bar);
		for (const type of ['play', 'pause', 'playing', 'volumechange'])
			this.video.addEventListener(type, () => this.showState());
		this.onVisible = () => !document.hidden && this.way?.seekLive();
	}

	makeBar()
	{
		this.playButton = control('pause', 'Pause', () => this.togglePlay());
		this.muteButton = control('muted', 'Sound on',
			() => this.toggleMute());
		this.fullButton = control('full', 'Whole screen',
			() => this.toggleFull());
		this.live = el('button', {class: 'live', type: 'button',
			title: 'Go to the live edge', onclick: () => this.goLive()},
		el('span', {class: 'dot', 'aria-hidden': 'true'}), 'Live');
		this.delay = el('span', {class: 'player-delay'});
		this.wayName = el('span', {class: 'player-way'});
		this.bar = el('div', {class: 'player-bar'}, this.playButton,
			this.muteButton, this.live, this.delay, this.wayName,
			this.fullButton);
	}

	/* stream: {application, name} */
	open(stream)
	{
		if (this.stream && this.stream.application === stream.application &&
		    this.stream.name === stream.name)
			return;
		this.close();
		this.stream = stream;
		this.retryMs = RETRY_MIN_MS;
		this.wayIndex = 0;
		this.nStill = 0;
		this.timer = setInterval(() => this.tick(), TICK_MS);
		document.addEventListener('visibilitychange', this.onVisible);
		this.start();
	}

	close()
	{
		clearTimeout(this.retry);
		clearInterval(this.timer);
		document.removeEventListener('visibilitychange', this.onVisible);
		this.way?.close();
		this.way = this.stream = null;
		setText(this.delay, '');
	}

	start()
	{
		const {video} = this;

		while (this.wayIndex < WAYS.length && !WAYS[this.wayIndex].can(video))
			this.wayIndex++;
		const way = WAYS[this.wayIndex];

		this.hasPicture = false;
		if (!way) {
			this.say(this.why ?? 'This browser has neither Media Source ' +
				'Extensions nor HLS of its own.');
			return;
		}
		this.say('Waiting for the stream');
		setText(this.wayName, way.name);
		this.root.dataset.state = 'opening';
		this.way = way.open(video, this.stream, {
			opened: (info) => this.onOpened(info),
			failed: (reason) => this.onFailed(reason),
		});
	}

	onOpened({hasVideo})
	{
		this.hasPicture = hasVideo;
		this.retryMs = RETRY_MIN_MS;
		this.root.dataset.state = 'open';
		this.showState();
	}

	onFailed(reason)
	{
		const {codecs} = this.way;

		this.way = null;
		this.root.dataset.state = 'failed';
		if (reason === 'codec') {
			this.why = `This browser cannot decode ${codecs.join(' and ')}.`;
			this.wayIndex++;
			this.start();
			return;
		}
		this.explain(reason);
		this.retry = setTimeout(() => this.start(), this.retryMs);
		this.retryMs = Math.min(2 * this.retryMs, RETRY_MAX_MS);
	}

	/* A WebSocket that was refused does not tell its page why: ask again in
	 * a way that does. */
	async explain(reason)
	{
		const {stream} = this;

		this.say(reason === 'closed' ? 'The stream was interrupted' :
			reason === 'decode' ? 'The picture could not be decoded' :
				'The stream is not here yet');
		if (reason !== 'never')
			return;
		try {
			const answer = await fetch(mediaUrl(stream, '.mp4'),
				{method: 'HEAD', signal: AbortSignal.timeout(4000)});

			if (this.stream === stream && !this.hasPicture &&
			    (answer.status === 401 || answer.status === 403))
				this.say('The server does not let this page play it');
		} catch {
			/* The link's own sign tells that the server is away. */
		}
	}

	/* -- what is shown -- */

	say(text)
	{
		setText(this.message, text);
		show(this.message, Boolean(text));
	}

	showState()
	{
		const {video} = this;

		relabel(this.playButton, video.paused ? 'play' : 'pause',
			video.paused ? 'Play' : 'Pause');
		relabel(this.muteButton, video.muted ? 'muted' : 'sound',
			video.muted ? 'Sound on' : 'Sound off');
		if (this.root.dataset.state === 'open')
			this.say(video.paused ? '' : this.nStill >= STILL_TICKS ?
				'Nothing comes at the moment' :
				this.hasPicture ? '' : 'Sound without a picture');
	}

	tick()
	{
		const {video} = this;
		const isStill = !video.paused && video.currentTime === this.at;

		this.nStill = isStill ? this.nStill + 1 : 0;
		this.at = video.currentTime;
		this.showState();
		this.showDelay();
	}

	showDelay()
	{
		const behind = this.root.dataset.state === 'open' ?
			this.way?.behind() : null;

		this.live.classList.toggle('is-live', behind === null ?
			this.root.dataset.state === 'open' : behind < 4);
		setText(this.delay, behind == null ? '' :
			behind.toFixed(1) + ' s buffered');
	}

	/* -- the bar and the keyboard -- */

	togglePlay()
	{
		if (this.video.paused)
			this.goLive();
		else
			this.video.pause();
	}

	goLive()
	{
		this.way?.seekLive();
		this.video.play().catch(() => {});
	}

	toggleMute()
	{
		this.video.muted = !this.video.muted;
	}

	toggleFull()
	{
		if (document.fullscreenElement)
			document.exitFullscreen();
		else if (this.root.requestFullscreen)
			this.root.requestFullscreen().catch(() => {});
		else
			this.video.webkitEnterFullscreen?.();
	}

	onKey(event)
	{
		if (event.ctrlKey || event.altKey || event.metaKey)
			return;
		const act = {m: 'toggleMute', f: 'toggleFull', k: 'togglePlay',
			l: 'goLive'}[event.key.toLowerCase()];

		if (act) {
			this[act]();
			event.preventDefault();
		}
	}
}
