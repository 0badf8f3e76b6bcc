/* A page that plays one URL with one of the libraries that people use, and
 * reads the time of sending from the picture. */
const video = document.querySelector('video');
const BITS = 16;                /* of the time in ms, a box each */
const errors = [];
let player;


const libraries = {
	/* No library: each message of a WebSocket goes to MSE as it is. */
	mse(url, {codecs})
	{
		const source = new MediaSource();
		const queue = [];

		player = {};
		video.src = URL.createObjectURL(source);
		source.addEventListener('sourceopen', () => {
			const buffer = source.addSourceBuffer(
				`video/mp4; codecs="${codecs}"`);
			const socket = new WebSocket(url);
			const next = () => {
				if (queue.length && !buffer.updating)
					buffer.appendBuffer(queue.shift());
				if (video.buffered.length &&
						video.currentTime < video.buffered.start(0))
					video.currentTime = video.buffered.start(0);
			};

			socket.binaryType = 'arraybuffer';
			socket.addEventListener('message', ({data}) => {
				queue.push(data);
				next();
			});
			buffer.addEventListener('updateend', next);
			buffer.addEventListener('error', () => errors.push('buffer'));
		}, {once: true});
	},

	'mpegts.js'(url, {type = 'flv'})
	{
		player = mpegts.createPlayer({type, isLive: true, url},
			{enableStashBuffer: false, liveBufferLatencyChasing: true,
				liveBufferLatencyMaxLatency: 1.5});
		player.on(mpegts.Events.ERROR, (...e) => errors.push(e.join(' ')));
		player.attachMediaElement(video);
		player.load();
	},

	'hls.js'(url, options)
	{
		player = new Hls(options);
		player.on(Hls.Events.ERROR, (_, e) => e.fatal &&
			errors.push(`${e.type} ${e.details} ${e.error?.message ?? ''}`));
		player.loadSource(url);
		player.attachMedia(video);
	},
};


function start({library, url, options = {}})
{
	video.muted = true;
	libraries[library](url, options);
	video.addEventListener('canplay', () => video.play(), {once: true});
}


/* The time in the picture: the upper row of boxes has the bits, the least
 * first, the lower row their inverse; null if they are not to be read. */
function shownMs()
{
	const canvas = document.createElement('canvas');
	const context = canvas.getContext('2d', {willReadFrequently: true});
	let ms = 0;

	canvas.width = video.videoWidth;
	canvas.height = video.videoHeight;
	if (!canvas.width)
		return null;
	context.drawImage(video, 0, 0);
	for (let bit = 0; bit < BITS; bit++) {
		const x = (bit + 0.5) * canvas.width / BITS;
		const isWhite = (row) => context.getImageData(x,
			(row + 0.5) * canvas.height / 8, 1, 1).data[1] > 128;

		if (isWhite(0) === isWhite(1))
			return null;
		ms += isWhite(0) << bit;
	}
	return ms;
}


/* How long ago the shown frame was sent, or null. */
function delayMs(base)
{
	const ms = shownMs();

	return ms === null ? null :
		(Date.now() - base - ms) % (1 << BITS);
}


function report(base)
{
	return {
		frames: video.getVideoPlaybackQuality().totalVideoFrames,
		time: video.currentTime, width: video.videoWidth,
		ranges: video.buffered.length,
		delay_ms: delayMs(base),
		/* By the playlist's clock, as hls.js has it. */
		date_delay_ms: player?.playingDate ?
			Date.now() - player.playingDate.getTime() : null,
		error: video.error?.message ?? null, errors,
	};
}
