/* A person at the console, in headless Chromium; what came of it goes to
 * standard output, a line of JSON for each step:
 *
 *     node console.mjs '{"url": "http://...", "token": "...", "out": "..."}'
 *
 * steps: of those below, in order; some wait for what others do meanwhile
 * stream: the one that is looked at; strange: one with a name to beware of
 * out: folder for screenshots */
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';

const BROWSER = '/usr/bin/chromium-headless-shell';
const PATIENCE_MS = 15000;
const SCREENS = [
	['phone', 360, 740, 'light'], ['phone', 360, 740, 'dark'],
	['laptop', 1280, 800, 'light'],
	['wall', 2560, 1440, 'light'], ['wall', 2560, 1440, 'dark'],
];
const VIEWS = ['streams', 'sessions', 'turn', 'log', 'health', 'publish'];

const job = JSON.parse(process.argv[2]);
const origin = new URL(job.url).origin;
const seen = {strangers: [], violations: [], errors: [], dialogs: []};


/* -- the page, and what it must not do -- */

async function open(browser)
{
	const page = await (await browser.newContext()).newPage();

	page.setDefaultTimeout(PATIENCE_MS);
	page.on('request', (request) => {
		const {protocol, host} = new URL(request.url());

		if (!/^(data|blob):$/.test(protocol) &&
		    host !== new URL(origin).host)
			seen.strangers.push(request.url());
	});
	page.on('websocket', (socket) => {
		if (new URL(socket.url()).host !== new URL(origin).host)
			seen.strangers.push(socket.url());
	});
	page.on('pageerror', (error) => seen.errors.push(error.stack));
	page.on('dialog', (dialog) => {
		seen.dialogs.push(dialog.message());
		dialog.dismiss();
	});
	await page.exposeFunction('tellViolation',
		(text) => seen.violations.push(text));
	await page.addInitScript(() =>
		addEventListener('securitypolicyviolation', (e) =>
			tellViolation(`${e.violatedDirective} ${e.blockedURI} ` +
				`${e.sourceFile}:${e.lineNumber}`)));
	await page.goto(job.url);
	return page;
}


async function go(page, view)
{
	await page.evaluate((hash) => {
		location.hash = hash;
	}, '#/' + view);
	await page.locator('.view').waitFor();
}


function streamLink(page, name)
{
	return page.getByRole('list').getByRole('link', {name, exact: false})
		.first();
}


/* -- steps -- */

const steps = {
	/* A wrong token is told of; the right one opens the console, and is kept
	 * where it ends with the tab. */
	async signIn(page)
	{
		const field = page.getByLabel('Token', {exact: true});

		await field.fill('this-is-none-of-them');
		await field.press('Enter');
		const told = page.getByRole('alert')
			.filter({hasText: 'does not know this token'});
		await told.waitFor();
		await field.fill(job.token);
		await field.press('Enter');
		await page.getByText('connected', {exact: true}).waitFor();
		return {isKept: await page.evaluate((token) =>
			[...Object.values(localStorage), document.cookie, location.href]
				.some((text) => text.includes(token)), job.token)};
	},

	async emptyStreams(page)
	{
		await page.getByText('No stream is published').waitFor();
		return {link: await page.getByRole('link',
			{name: 'how to publish'}).getAttribute('href')};
	},

	/* Somebody publishes meanwhile. */
	async streamAppears(page)
	{
		await streamLink(page, job.stream).waitFor();
	},

	async plays(page)
	{
		const state = () => page.evaluate(() => {
			const video = document.querySelector('video');

			return {frames: video.getVideoPlaybackQuality()
				.totalVideoFrames, time: video.currentTime,
			width: video.videoWidth, muted: video.muted,
			rate: video.playbackRate, end: video.buffered.length &&
				video.buffered.end(video.buffered.length - 1),
			start: video.buffered.length && video.buffered.start(0)};
		});
		const end = Date.now() + PATIENCE_MS;
		let first;

		await streamLink(page, job.stream).click();
		do {
			await sleep(100);
			first = await state();
		} while (first.frames < 10 && Date.now() < end);
		await sleep(3000);
		return {first, last: await state(),
			way: await page.locator('.player-way').textContent()};
	},

	/* The bar's buttons, and their keys. */
	async steers(page)
	{
		const video = (f) => page.evaluate(f);

		await page.getByRole('button', {name: 'Pause'}).click();
		const isPaused = await video(() =>
			document.querySelector('video').paused);
		await page.getByRole('button', {name: 'Play', exact: true}).click();
		await sleep(300);
		const goesOn = await video(() =>
			!document.querySelector('video').paused);
		await page.getByRole('button', {name: 'Sound on'}).focus();
		await page.keyboard.press('m');
		await page.getByRole('button', {name: 'Sound off'}).waitFor();
		await page.keyboard.press('m');
		return {isPaused, goesOn};
	},

	/* By the button, of the one whose program is `job.kick`. */
	async kicks(page)
	{
		await go(page, 'sessions');
		await page.getByLabel('Filter by').selectOption('Program');
		await page.getByLabel('Only those with').fill(job.kick);
		const rows = page.getByRole('table', {name: 'Sessions'})
			.getByRole('row').filter({hasText: 'plays'});

		await rows.first().waitFor();
		await sleep(400);
		const n = await rows.count();
		await rows.first().getByRole('button').click();
		const dialog = page.getByRole('dialog');
		const asked = await dialog.textContent();

		await dialog.getByRole('button', {name: 'End it'}).click();
		await page.getByText(/Session .* is ended/).waitFor();
		await page.waitForFunction((before) => document
			.querySelectorAll('tbody tr').length < before, n);
		return {n, asked};
	},

	/* The strange name is text, wherever it is shown. */
	async strangeName(page)
	{
		const texts = [];

		await go(page, 'streams');
		await streamLink(page, job.strange).click();
		await page.getByRole('heading', {name: job.strange}).waitFor();
		texts.push(await page.locator('h2 bdi').textContent());
		await sleep(500);
		await go(page, 'sessions');
		await page.getByRole('cell',
			{name: 'publishes ' + job.strange}).first().waitFor();
		return {texts, images: await page.locator('img').count()};
	},

	/* All that can be done with a mouse can be reached by Tab, what has the
	 * focus can be seen, and Tab comes around. */
	async keyboard(page)
	{
		const reached = [];
		const unseen = [];

		await go(page, 'streams/live/' + encodeURIComponent(job.stream));
		await page.getByRole('button', {name: 'End the publisher'}).waitFor();
		await page.getByRole('button', {name: 'Pause'}).waitFor();
		for (let n = 0; n < 60; n++) {
			await page.keyboard.press('Tab');
			const {name, isSeen} = await page.evaluate(() => {
				const at = document.activeElement;
				const isOutlined = (e) => e &&
					getComputedStyle(e).outlineStyle !== 'none' &&
					parseFloat(getComputedStyle(e).outlineWidth) > 0;

				return {name: at === document.body ? 'end' :
					at.getAttribute('aria-label') ??
						at.textContent.trim(),
				isSeen: isOutlined(at) ||
					isOutlined(at.closest('.stream'))};
			});

			if (reached.includes(name))
				break;
			reached.push(name);
			if (!isSeen && name !== 'end')
				unseen.push(name);
		}
		await page.locator('.skip').focus();
		await page.keyboard.press('Enter');
		const skipped = await page.evaluate(() =>
			document.activeElement.id);
		await streamLink(page, job.stream).focus();
		await page.keyboard.press('Enter');
		await page.getByRole('heading', {name: job.stream}).waitFor();
		return {reached, unseen, skipped};
	},

	/* Every view on every screen, light and dark: a picture of each, and how
	 * far it is wider than the screen. */
	async screens(page)
	{
		const wider = {};

		for (const [screen, width, height, colorScheme] of SCREENS) {
			await page.setViewportSize({width, height});
			await page.emulateMedia({colorScheme});
			for (const view of [...VIEWS, 'streams/live/' +
			     encodeURIComponent(job.stream)]) {
				const name = `${screen}-${colorScheme}-` +
					view.split('/').slice(0, 2).join('-');

				await go(page, view);
				await sleep(view.includes('/live/') ? 1500 : 300);
				wider[name] = await page.evaluate(() =>
					document.documentElement.scrollWidth - innerWidth);
				await page.screenshot({path: `${job.out}/${name}.png`});
			}
		}
		await page.setViewportSize({width: 1280, height: 800});
		return wider;
	},

	/* What the switch does goes above what the system says. */
	async theme(page)
	{
		const page_colour = () => page.evaluate(() =>
			getComputedStyle(document.body).backgroundColor);
		const colours = {};

		await page.emulateMedia({colorScheme: 'dark'});
		for (const name of ['light', 'dark', 'as the system']) {
			await page.getByRole('button', {name: /^Colours/}).click();
			await page.getByRole('button', {name: 'Colours: ' + name})
				.waitFor();
			colours[name] = await page_colour();
		}
		return colours;
	},

	/* The server is gone meanwhile, and comes back. */
	async lost(page)
	{
		await go(page, 'streams');
		await page.getByText('no connection').waitFor();
		const told = await page.getByRole('alert')
			.filter({hasText: 'does not answer'}).textContent();

		tell('lost', {});
		await page.getByText('connected', {exact: true}).waitFor();
		return {told};
	},
};


function tell(step, result)
{
	console.log(JSON.stringify({step, result}));
}


const browser = await chromium.launch({executablePath: BROWSER,
	chromiumSandbox: false});
const page = await open(browser);
try {
	for (const step of job.steps)
		tell(step, await steps[step](page) ?? {});
	tell('seen', seen);
} catch (error) {
	console.error(error.stack, JSON.stringify(seen));
	await page.screenshot({path: `${job.out}/failed.png`});
	process.exitCode = 1;
} finally {
	await browser.close();
}
