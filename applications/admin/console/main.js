/* The console: which view is shown, the token, the colours, and whether the
 * server is there. */
import {byId, setText, show} from './dom.js';
import {hasToken, setToken} from './api.js';
import {model} from './model.js';
import {HealthView} from './health.js';
import {LogView} from './log.js';
import {PublishView} from './publish.js';
import {SessionsView} from './sessions.js';
import {StreamsView} from './streams.js';
import {TurnView} from './turn.js';

const VIEWS = {
	streams: ['Streams', StreamsView],
	sessions: ['Sessions', SessionsView],
	turn: ['TURN', TurnView],
	log: ['Log', LogView],
	health: ['Health', HealthView],
	publish: ['Publish', PublishView],
};


/* -- views -- */

let view, viewName, viewPath;


/* "#/streams/live/demo" -> ["streams", "live", "demo"] */
function route()
{
	const parts = location.hash.replace(/^#\/?/, '').split('/').map((p) => {
		try {
			return decodeURIComponent(p);
		} catch {
			return p;
		}
	});

	return VIEWS[parts[0]] ? parts : ['streams'];
}


function openView()
{
	const [name, ...path] = route();
	const isOther = name !== viewName;

	if (!isOther && path.join('/') === viewPath)
		return;
	viewPath = path.join('/');
	if (!isOther && view.select) {
		view.select(path.length ?
			{application: path[0], name: path[1] ?? ''} : null);
		view.update();
	} else {
		const [title, View] = VIEWS[name];

		view?.close();
		view = new View();
		viewName = name;
		byId('view').replaceChildren(view.root);
		view.open(path);
		document.title = `${title} · Sluice`;
	}
	for (const link of byId('nav').children) {
		if (link.hash === '#/' + name)
			link.setAttribute('aria-current', 'page');
		else
			link.removeAttribute('aria-current');
	}
}


/* Anew, since the answers were for somebody else, or there were none. */
function reopenView()
{
	viewName = null;
	openView();
}


/* -- the token -- */

function askForToken(problem)
{
	const dialog = byId('token');
	const input = byId('token-value');

	show(byId('leave'), false);
	setText(byId('token-problem'), !problem ? '' :
		problem.status === 429 ? 'Too many attempts. ' +
			(problem.retryAfter ? `Wait ${problem.retryAfter} s.` :
				'Wait a while.') :
			'The server does not know this token.');
	setToken(null);
	input.value = '';
	if (!dialog.open) {
		view?.close();
		view = viewName = null;
		byId('view').replaceChildren();
		dialog.showModal();
	}
	input.focus();
}


/* Alone, or as a line of the file: "write 0123...". */
function onToken(event)
{
	const [token] = byId('token-value').value.match(/\S+\s*$/) ?? [''];

	event.preventDefault();
	setToken(token.trim());
	byId('token').close();
	begin();
}


/* -- colours -- */

const THEMES = ['auto', 'light', 'dark'];
let theme = localStorage.getItem('sluice-theme') ?? 'auto';


function setTheme(name)
{
	theme = THEMES.includes(name) ? name : 'auto';
	localStorage.setItem('sluice-theme', theme);
	document.documentElement.dataset.theme = theme;
	const label = `Colours: ${theme === 'auto' ? 'as the system' : theme}`;

	byId('theme').title = label;
	byId('theme').setAttribute('aria-label', label);
	view?.restyle?.();
}


function nextTheme()
{
	setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
}


/* -- the link to the server -- */

const LINK_TEXTS = {
	up: 'connected', down: 'no connection', waiting: 'connecting',
	unauthorized: 'signed out',
};
let hasBegun = false;


function onLink({detail: {state, problem, wait_s}})
{
	byId('link').dataset.state = state;
	setText(byId('link-text'), LINK_TEXTS[state]);
	show(byId('lost'), state === 'down');
	if (state === 'down')
		setText(byId('lost-text'), `${problem.message}. What is shown may ` +
			`be old; the next attempt is in ${wait_s} s.`);
	if (state === 'unauthorized')
		askForToken(problem);
	if (state === 'up' && !hasBegun) {
		hasBegun = true;
		show(byId('leave'), hasToken());
		reopenView();
	}
}


function begin()
{
	hasBegun = false;
	model.setState('waiting');
	model.pollNow();
}


function start()
{
	byId('theme').addEventListener('click', nextTheme);
	byId('leave').addEventListener('click', () => {
		setToken(null);
		model.setState('unauthorized');
	});
	/* The part after "#" says which view: it must not become "main". */
	document.querySelector('.skip').addEventListener('click', (event) => {
		event.preventDefault();
		byId('main').focus();
	});
	byId('lost-retry').addEventListener('click', () => model.pollNow());
	byId('token-form').addEventListener('submit', onToken);
	/* Without a token there is nothing behind the dialog. */
	byId('token').addEventListener('cancel', (e) => e.preventDefault());
	matchMedia('(prefers-color-scheme: dark)')
		.addEventListener('change', () => view?.restyle?.());
	addEventListener('hashchange', () => hasBegun && openView());
	model.addEventListener('link', onLink);
	setTheme(theme);
	begin();
}


start();
