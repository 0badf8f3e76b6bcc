/* Figures for people.  A value that is not known is an en dash. */

const NONE = '–';


function isNumber(v)
{
	return typeof v === 'number' && Number.isFinite(v);
}


function scaled(v, base, units)
{
	let n = 0;

	while (Math.abs(v) >= base * 0.9995 && n < units.length - 1) {
		v /= base;
		n++;
	}
	return (n === 0 || v >= 99.95 ? v.toFixed(0) :
		v >= 9.995 ? v.toFixed(1) : v.toFixed(2)) + ' ' + units[n];
}


/* 1234567 -> "1,234,567" */
export function count(v)
{
	return isNumber(v) ? Math.round(v).toLocaleString('en') : NONE;
}


/* Bits per second. */
export function bitrate(v)
{
	return isNumber(v) ?
		scaled(v, 1000, ['b/s', 'kb/s', 'Mb/s', 'Gb/s', 'Tb/s']) : NONE;
}


export function bytes(v)
{
	return isNumber(v) ?
		scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']) : NONE;
}


/* 0.42 -> "42 %" */
export function percent(v)
{
	return isNumber(v) ? (100 * v).toFixed(v < 0.0995 ? 1 : 0) + ' %' :
		NONE;
}


/* Seconds as the two greatest units: "3 h 05 min". */
export function duration(s)
{
	if (!isNumber(s))
		return NONE;
	const two = (a, unitA, b, unitB) =>
		`${a} ${unitA} ${String(b).padStart(2, '0')} ${unitB}`;
	const whole = Math.max(0, Math.floor(s));
	const minutes = Math.floor(whole / 60);
	const hours = Math.floor(minutes / 60);

	if (hours >= 24)
		return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
	if (hours)
		return two(hours, 'h', minutes % 60, 'min');
	if (minutes)
		return two(minutes, 'min', whole % 60, 's');
	return whole + ' s';
}


/* Seconds that are few: "12.3 ms". */
export function short(s)
{
	return !isNumber(s) ? NONE :
		scaled(s * 1e6, 1000, ['µs', 'ms', 's']);
}


/* An instant (anything that Date takes), as a clock shows it. */
export function clock(when)
{
	const date = new Date(when);

	return Number.isNaN(date.getTime()) ? NONE :
		date.toLocaleTimeString('en-GB');
}


export function plural(n, one, many = one + 's')
{
	return `${count(n)} ${n === 1 ? one : many}`;
}


const CODECS = {
	h263: 'H.263', h264: 'H.264', h265: 'H.265', h266: 'H.266', vp6: 'VP6',
	vp8: 'VP8', vp9: 'VP9', av1: 'AV1', aac: 'AAC', mp3: 'MP3', opus: 'Opus',
	ac3: 'AC-3', eac3: 'E-AC-3', flac: 'FLAC', speex: 'Speex', pcm: 'PCM',
	g711a: 'G.711 A-law', g711u: 'G.711 µ-law',
};

export function codec(name)
{
	return CODECS[name] ?? name ?? NONE;
}
