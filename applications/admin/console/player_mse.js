/* A way to play: fragmented MP4 over WebSocket into a SourceBuffer.  It keeps
 * the picture at the live edge by itself: a little faster while it is behind,
 * a jump when it is far behind, further back after each time it ran dry. */
import {isInit, readInit} from './mp4.js';

const Source = window.ManagedMediaSource ?? window.MediaSource;

const KEEP_S = 10;              /* behind what is shown */
const AHEAD_MAX_S = 30;         /* in the buffer, of one who has paused */
const QUEUE_MAX = 32 << 20;     /* bytes that wait for the buffer */
const TICK_MS = 200;
const JUMP_S = 4;               /* this far behind: seek */
const TARGET_MIN_S = 0.35, TARGET_MAX_S = 3;


export function canPlayMse()
{
	return Boolean(Source) && 'WebSocket' in window;
}


export class MsePlayer {
	/* on: {opened(info), ended(reason), failed(reason)}: reasons are
	 * 'closed', 'never' (opened), 'codec', 'decode'. */
	constructor(video, url, on)
	{
		this.video = video;
		this.on = on;
		this.queue = [];
		this.queued = 0;
		this.target = 0.5;
		this.edge = 0;
		this.stop = new AbortController();
		this.source = new Source();
		this.objectUrl = URL.createObjectURL(this.source);

		const {signal} = this.stop;
		this.source.addEventListener('sourceopen',
			() => this.connect(url), {once: true, signal});
		video.addEventListener('waiting', () => this.ranDry(), {signal});
		video.addEventListener('error', () => this.fail('decode'),
			{signal});
		/* A source of the new kind wants to know that nothing is cast. */
		video.disableRemotePlayback = true;
		video.src = this.objectUrl;
		this.timer = setInterval(() => this.tick(), TICK_MS);
	}

	close()
	{
		this.stop.abort();
		clearInterval(this.timer);
		this.socket?.close();
		URL.revokeObjectURL(this.objectUrl);
		this.video.playbackRate = 1;
		this.video.removeAttribute('src');
		this.video.load();
	}

	fail(reason)
	{
		if (this.stop.signal.aborted)
			return;
		this.close();
		this.on.failed(reason);
	}

	connect(url)
	{
		const socket = this.socket = new WebSocket(url);
		const {signal} = this.stop;

		socket.binaryType = 'arraybuffer';
		socket.addEventListener('message', ({data}) => {
			if (data instanceof ArrayBuffer)
				this.take(new Uint8Array(data));
		}, {signal});
		socket.addEventListener('close', () =>
			this.fail(this.buffer ? 'closed' : 'never'), {signal});
	}

	/* -- from the socket into the buffer -- */

	take(bytes)
	{
		if (!this.buffer && this.head) {
			const all = new Uint8Array(this.head.length + bytes.length);

			all.set(this.head);
			all.set(bytes, this.head.length);
			bytes = all;
		}
		if (isInit(bytes)) {
			const info = readInit(bytes);

			/* Only the first head may come in pieces. */
			if (!info) {
				this.head = bytes;
				return;
			}
			this.head = null;
			if (!this.begin(info))
				return;
		}
		if (!this.buffer)
			return;
		this.queue.push(bytes);
		this.queued += bytes.length;
		if (this.queued > QUEUE_MAX)
			this.fail('closed');
		else
			this.append();
	}

	/* The stream has a new head: at its start, or since what is published
	 * has changed. */
	begin(info)
	{
		const type = `video/mp4; codecs="${info.codecs.join(', ')}"`;

		if (!Source.isTypeSupported(type)) {
			this.codecs = info.codecs;
			this.fail('codec');
			return false;
		}
		if (!this.buffer)
			this.open(type);
		else if (type !== this.type)
			this.queue.push(type);
		this.type = type;
		this.on.opened(info);
		return true;
	}

	open(type)
	{
		const {signal} = this.stop;

		this.buffer = this.source.addSourceBuffer(type);
		this.buffer.addEventListener('updateend', () => {
			this.start();
			this.append();
		}, {signal});
		this.buffer.addEventListener('error', () => this.fail('decode'),
			{signal});
	}

	append()
	{
		while (this.queue.length && !this.buffer.updating) {
			try {
				if (typeof this.queue[0] === 'string')
					this.buffer.changeType(this.queue[0]);
				else
					this.buffer.appendBuffer(this.gather());
			} catch (error) {
				if (error.name !== 'QuotaExceededError' || !this.trim(2))
					this.fail('decode');
				return;
			}
			this.queued -= this.queue.shift().byteLength ?? 0;
		}
		this.trim(KEEP_S);
	}

	/* All that waits, up to a change of type, becomes the first. */
	gather()
	{
		const change = this.queue.findIndex((q) => typeof q === 'string');
		const n = change < 0 ? this.queue.length : change;

		if (n > 1) {
			const parts = this.queue.slice(0, n);
			const all = new Uint8Array(
				parts.reduce((sum, part) => sum + part.length, 0));
			let at = 0;

			for (const part of parts) {
				all.set(part, at);
				at += part.length;
			}
			this.queue.splice(0, n, all);
		}
		return this.queue[0];
	}

	/* Drop what was shown more than keep_s ago, some at a time. */
	trim(keep_s)
	{
		const {buffered, updating} = this.buffer;

		if (updating || !buffered.length)
			return false;
		const from = buffered.start(0);
		const to = Math.max(this.video.currentTime - keep_s,
			buffered.end(buffered.length - 1) - AHEAD_MAX_S);

		if (to - from < Math.min(keep_s, 5))
			return false;
		this.buffer.remove(from, to);
		return true;
	}

	/* -- the live edge -- */

	start()
	{
		if (this.hasStarted || !this.video.buffered.length)
			return;
		this.hasStarted = true;
		this.seekLive();
		this.video.play().catch(() => {});
	}

	seekLive()
	{
		const {buffered} = this.video;

		if (!buffered.length)
			return;
		const last = buffered.length - 1;

		this.video.currentTime = Math.max(buffered.start(last),
			buffered.end(last) - this.target);
	}

	/* Seconds between what is shown and the newest that is here. */
	behind()
	{
		const {buffered, currentTime} = this.video;

		return buffered.length ?
			buffered.end(buffered.length - 1) - currentTime : 0;
	}

	ranDry()
	{
		if (this.hasStarted && !this.video.seeking && !this.video.paused)
			this.target = Math.min(this.target + 0.3, TARGET_MAX_S);
	}

	tick()
	{
		const {video} = this;

		if (!this.hasStarted || video.paused || video.seeking)
			return;
		const {buffered} = video;
		const last = buffered.length - 1;

		if (last < 0)
			return;
		const behind = this.behind();

		/* Far behind; or before a gap, across which nothing plays. */
		if (behind > JUMP_S + this.target ||
		    (video.currentTime < buffered.start(last) &&
		     video.readyState < 3)) {
			this.seekLive();
			return;
		}
		this.target = Math.max(TARGET_MIN_S, this.target * 0.9995);
		this.setRate(behind);
	}

	setRate(behind)
	{
		const {video, target} = this;

		if (behind > target + 0.35)
			video.playbackRate = behind > target + 1.5 ? 1.25 : 1.08;
		else if (behind < target)
			video.playbackRate = 1;
	}
}
