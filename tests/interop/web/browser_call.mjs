/* Two pages of one headless Chromium call each other; what came of it goes
 * to standard output as a line of JSON.
 *
 *     node browser_call.mjs '{"configurations": [...], "seconds": 5, ...}'
 *
 * configurations: the RTCConfiguration of each page
 * seconds: how long the call goes on once it works
 * restarts: how often ICE is restarted within this time
 * trust: SHA-256 of a public key, in base64: its certificate is believed */
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';

const BROWSER = '/usr/bin/chromium-headless-shell';
const PATIENCE_MS = 15000;      // until pictures and echoes come
const PAGE = readFileSync(new URL('browser_page.js', import.meta.url), 'utf8');


async function open(browser)
{
	const page = await (await browser.newContext()).newPage();

	page.on('console', (message) => console.error(message.text()));
	page.on('pageerror', (error) => console.error(error.message));
	await page.addScriptTag({content: PAGE});
	return page;
}


/* What one page sends, the other receives, in order. */
async function connect(from, to)
{
	await from.exposeFunction('send', (message) =>
		to.evaluate((m) => receive(m), message));
}


function reports(pages)
{
	return Promise.all(pages.map((page) =>
		page.evaluate(() => report())));
}


function hasGivenUp(r)
{
	return r.gathering === 'complete' && r.candidates === 0;
}


/* Waits until more pictures and echoes have come to each page than it tells
 * of in `before`; what they report then, or when that lasts too long. */
async function more(pages, before)
{
	const end = Date.now() + PATIENCE_MS;
	const hasMore = (r, n) => r.frames >= before[n].frames + 5 &&
		r.echoes > before[n].echoes;
	let now;

	do {
		await sleep(100);
		for (const page of pages)
			await page.evaluate(() => ask());
		now = await reports(pages);
	} while (!now.every(hasMore) && !now.every(hasGivenUp) &&
		Date.now() < end);
	return now;
}


/* Lets time pass; something new is asked of the server each second. */
async function goOn(pages, {seconds, restarts = 0})
{
	for (let n = 1; n <= seconds; n++) {
		await sleep(1000);
		for (const page of pages)
			await page.evaluate((port) => meet(port), 40000 + n);
		if (restarts-- > 0)
			await pages[0].evaluate(() => {
				pc.restartIce();
				return offer();
			});
	}
}


async function call(browser, job)
{
	const pages = [await open(browser), await open(browser)];
	const result = {};

	await connect(pages[0], pages[1]);
	await connect(pages[1], pages[0]);
	await pages[1].evaluate((c) => start(c, false), job.configurations[1]);
	await pages[0].evaluate((c) => start(c, true), job.configurations[0]);
	result.first = await more(pages, await reports(pages));
	if (!result.first.every(hasGivenUp)) {
		await goOn(pages, job);
		result.later = await reports(pages);
		result.last = await more(pages, result.later);
	}
	await Promise.all(pages.map((page) => page.evaluate(() => pc.close())));
	await sleep(200);
	return result;
}


const job = JSON.parse(process.argv[2]);
const args = ['--allow-loopback-in-peer-connection'];
if (job.trust)
	args.push('--ignore-certificate-errors-spki-list=' + job.trust);

const browser = await chromium.launch({executablePath: BROWSER, args,
	chromiumSandbox: false});
try {
	console.log(JSON.stringify(await call(browser, job)));
} finally {
	await browser.close();
}
