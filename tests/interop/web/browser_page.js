/* One side of a call, in a page: video both ways and a data channel.  The
 * program outside (browser_call.mjs) carries what send() is given to the other
 * page's receive(), as a signalling server would. */

let pc;
let channel;
let candidates = 0;
let echoes = 0;
const errors = [];


/* A picture that changes, for as long as the page lives. */
function movingPicture()
{
	const canvas = document.createElement('canvas');
	const pen = canvas.getContext('2d');
	let n = 0;

	canvas.width = 160;
	canvas.height = 120;
	setInterval(() => {
		pen.fillStyle = `hsl(${n++ * 7 % 360} 80% 50%)`;
		pen.fillRect(0, 0, 160, 120);
		pen.fillStyle = 'black';
		pen.fillRect(n * 3 % 160, n * 2 % 120, 20, 20);
	}, 50);
	return canvas.captureStream(20);
}


function useChannel(it)
{
	channel = it;
	channel.onmessage = ({data}) => {
		if (data === 'ask')
			channel.send('echo');
		else
			echoes++;
	};
}


async function offer()
{
	await pc.setLocalDescription();
	send({description: pc.localDescription.toJSON()});
}


async function receive({description, candidate})
{
	if (candidate)
		return pc.addIceCandidate(candidate);
	await pc.setRemoteDescription(description);
	if (description.type === 'offer')
		await offer();          // in fact, the answer
}


function start(configuration, isCaller)
{
	const stream = movingPicture();
	const video = document.createElement('video');

	pc = new RTCPeerConnection(configuration);
	pc.onicecandidate = ({candidate}) => {
		if (!candidate)
			return;
		candidates++;
		send({candidate: candidate.toJSON()});
	};
	pc.onicecandidateerror = ({errorCode, errorText, url}) =>
		errors.push(`${errorCode} ${errorText} ${url}`);
	pc.ontrack = ({streams}) => {
		video.srcObject = streams[0];
		video.muted = true;
		video.play();
	};
	pc.ondatachannel = (event) => useChannel(event.channel);
	for (const track of stream.getTracks())
		pc.addTrack(track, stream);
	if (!isCaller)
		return;
	useChannel(pc.createDataChannel('echo'));
	return offer();
}


/* Tell the TURN client of one more peer: it asks for a permission, by the
 * nonce that it knows. */
function meet(port)
{
	const mid = pc.getTransceivers()[0].mid;

	return pc.addIceCandidate({sdpMid: mid, candidate:
		`candidate:9 1 udp 9 127.0.0.1 ${port} typ host`});
}


function ask()
{
	if (channel?.readyState === 'open')
		channel.send('ask');
}


async function report()
{
	const stats = [...(await pc.getStats()).values()];
	const byId = (id) => stats.find((s) => s.id === id);
	const transport = stats.find((s) => s.type === 'transport');
	const pair = byId(transport?.selectedCandidatePairId);
	const local = byId(pair?.localCandidateId);
	const remote = byId(pair?.remoteCandidateId);
	const video = stats.find((s) => s.type === 'inbound-rtp');

	return {
		state: pc.connectionState,
		gathering: pc.iceGatheringState,
		candidates,
		local: local?.candidateType,
		remote: remote?.candidateType,
		relayProtocol: local?.relayProtocol,
		url: local?.url,
		port: local?.port,
		frames: video?.framesDecoded ?? 0,
		echoes,
		errors,
	};
}
