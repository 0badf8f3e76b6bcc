/* What a SourceBuffer must be told of fragmented MP4 (ISO/IEC 14496-12): the
 * codecs, read from the moov box in front of it. */

/* Where the boxes inside begin: after the fields of a version, of stsd's
 * count, of a sample entry of pictures or of sound. */
const CONTAINERS = {moov: 8, trak: 8, mdia: 8, minf: 8, stbl: 8, stsd: 16};


function text(view, at)
{
	return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1),
		view.getUint8(at + 2), view.getUint8(at + 3));
}


/* The boxes of view[from, to): {type, at, end}; one that is cut ends it. */
function* boxes(view, from, to)
{
	while (from + 8 <= to) {
		const size = view.getUint32(from);

		if (size < 8 || from + size > to)
			return;
		yield {type: text(view, from + 4), at: from, end: from + size};
		from += size;
	}
}


function hex(view, at, n = 1)
{
	let digits = '';

	for (let i = 0; i < n; i++)
		digits += view.getUint8(at + i).toString(16).padStart(2, '0');
	return digits;
}


/* The box of that type inside a sample entry, whose own fields end at
 * `skip`. */
function inner(view, entry, skip, type)
{
	for (const box of boxes(view, entry.at + skip, entry.end))
		if (box.type === type)
			return box;
	return null;
}


/* ISO/IEC 14496-15 E.3: hvc1.1.6.L93.B0 */
function hevc(view, entry)
{
	const config = inner(view, entry, 86, 'hvcC')?.at + 8;
	const first = view.getUint8(config + 1);
	let flags = view.getUint32(config + 2), reversed = 0, last = 11;

	for (let i = 0; i < 32; i++, flags >>>= 1)
		reversed = reversed << 1 | flags & 1;
	while (last > 5 && !view.getUint8(config + last))
		last--;
	let name = `${entry.type}.${['', 'A', 'B', 'C'][first >> 6]}` +
		`${first & 31}.${(reversed >>> 0).toString(16)}` +
		`.${first & 32 ? 'H' : 'L'}${view.getUint8(config + 12)}`;

	for (let i = 6; i <= last; i++)
		name += '.' + view.getUint8(config + i).toString(16);
	return name;
}


/* AV1 in ISOBMFF s5: av01.0.04M.08 */
function av1(view, entry)
{
	const config = inner(view, entry, 86, 'av1C')?.at + 8;
	const level = view.getUint8(config + 1);
	const flags = view.getUint8(config + 2);
	const depth = flags & 0x40 ? (flags & 0x20 ? 12 : 10) : 8;

	return `av01.${level >> 5}.${String(level & 31).padStart(2, '0')}` +
		`${flags & 0x80 ? 'H' : 'M'}.${String(depth).padStart(2, '0')}`;
}


function vp9(view, entry)
{
	const config = inner(view, entry, 86, 'vpcC')?.at + 12;
	const two = (v) => String(v).padStart(2, '0');

	return `vp09.${two(view.getUint8(config))}` +
		`.${two(view.getUint8(config + 1))}` +
		`.${two(view.getUint8(config + 2) >> 4)}`;
}


/* ISO/IEC 14496-14 s5.6: an ES descriptor (3), in it a decoder's (4), in it
 * the audio object type (5). */
function mp4a(view, entry)
{
	const box = inner(view, entry, 36, 'esds');
	let at = box.at + 12, object = 0;

	while (at + 2 < box.end) {
		const tag = view.getUint8(at++);

		while (view.getUint8(at++) & 0x80)
			/* the length, seven bits a byte */;
		if (tag === 3)
			at += 3;
		else if (tag === 4) {
			object = hex(view, at);
			at += 13;
		} else if (tag === 5)
			return `mp4a.${object}.${view.getUint8(at) >> 3}`;
		else
			break;
	}
	return `mp4a.${object || 40}`;
}


function codec(view, entry)
{
	switch (entry.type) {
	case 'avc1':
	case 'avc3':
		return entry.type + '.' +
			hex(view, inner(view, entry, 86, 'avcC').at + 9, 3);
	case 'hvc1':
	case 'hev1':
		return hevc(view, entry);
	case 'av01':
		return av1(view, entry);
	case 'vp09':
		return vp9(view, entry);
	case 'mp4a':
		return mp4a(view, entry);
	case 'Opus':
		return 'opus';
	case 'fLaC':
		return 'flac';
	case '.mp3':
		return 'mp3';
	default:
		return entry.type;
	}
}


function* sampleEntries(view, from, to, parent)
{
	for (const box of boxes(view, from, to)) {
		if (parent === 'stsd')
			yield box;
		else if (CONTAINERS[box.type])
			yield* sampleEntries(view, box.at + CONTAINERS[box.type],
				box.end, box.type);
	}
}


/* Do these bytes begin with a new head of the stream? */
export function isInit(bytes)
{
	return bytes.length >= 8 &&
		text(new DataView(bytes.buffer, bytes.byteOffset), 4) === 'ftyp';
}


/* The head at the start of these bytes: {codecs: [...], hasVideo}; null while
 * it is not complete. */
export function readInit(bytes)
{
	const view = new DataView(bytes.buffer, bytes.byteOffset,
		bytes.byteLength);

	for (const box of boxes(view, 0, view.byteLength)) {
		if (box.type !== 'moov')
			continue;
		const codecs = [...sampleEntries(view, box.at, box.end)]
			.map((entry) => codec(view, entry));

		return {codecs, hasVideo:
			codecs.some((c) => /^(avc|hvc|hev|av01|vp0)/.test(c))};
	}
	return null;
}
