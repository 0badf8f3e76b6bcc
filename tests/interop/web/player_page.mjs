/* A page of headless Chromium plays a stream of the server by a library from
 * npm; what it reports goes to standard output as a line of JSON.
 *
 *     node player_page.mjs '{"library": "hls.js", "url": "http://...", ...}'
 *
 * library: hls.js, mpegts.js, or mse for none; options: for it
 * url: what to play; the page pretends to come from `origin`
 * base: milliseconds since 1970 at which the time in the picture was 0
 * seconds: how long it is watched once it plays */
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';

const BROWSER = '/usr/bin/chromium-headless-shell';
const PATIENCE_MS = 15000;      // until the first pictures come
const SCRIPTS = {
	'hls.js': 'node_modules/hls.js/dist/hls.min.js',
	'mpegts.js': 'node_modules/mpegts.js/dist/mpegts.js',
};


function read(path)
{
	return readFileSync(new URL(path, import.meta.url), 'utf8');
}


async function open(browser, {origin, library})
{
	const page = await browser.newPage();

	page.on('console', (message) => console.error(message.text()));
	page.on('pageerror', (error) => console.error(error.message));
	/* From the server itself, if only its word that there is no such page:
	 * one that is made up here may not open WebSockets to this machine. */
	await page.goto(origin + '/page');
	await page.setContent('<!doctype html><video></video>');
	if (SCRIPTS[library])
		await page.addScriptTag({content: read(SCRIPTS[library])});
	await page.addScriptTag({content: read('player_page.js')});
	return page;
}


async function watch(page, job)
{
	const report = () => page.evaluate((base) => window.report(base),
		job.base);
	const end = Date.now() + PATIENCE_MS;
	const result = {delays: []};

	await page.evaluate((j) => start(j), job);
	do {
		await sleep(100);
		result.first = await report();
	} while (result.first.frames < 10 && Date.now() < end);
	for (let n = 0; n < job.seconds * 5; n++) {
		await sleep(200);
		result.last = await report();
		result.delays.push(result.last.delay_ms);
	}
	return result;
}


const job = JSON.parse(process.argv[2]);
const browser = await chromium.launch({executablePath: BROWSER,
	chromiumSandbox: false});
try {
	console.log(JSON.stringify(
		await watch(await open(browser, job), job)));
} finally {
	await browser.close();
}
