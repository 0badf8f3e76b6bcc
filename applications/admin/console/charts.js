/* Charts: small lines in SVG beside figures, and larger ones with axes by
 * Chart.js where the build found it; else these are lines, too. */
import {el, setText} from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const LIBRARY = '/console/chart.min.js';
const WINDOW_MIN_MS = 60 * 1000;
const SPARK_MIN = 29;           /* values for its whole width */

let library;                    /* a promise of Chart, or of null */


function load()
{
	library ??= new Promise((resolve) => {
		const script = el('script', {src: LIBRARY});

		script.onload = () => resolve(window.Chart ?? null);
		script.onerror = () => resolve(null);
		document.head.append(script);
	});
	return library;
}


/* The last values of something that is looked at again and again. */
export class History {
	constructor(max = 150)
	{
		this.max = max;
		this.times = [];
		this.values = [];
	}

	add(time, value)
	{
		this.times.push(time);
		this.values.push(Number.isFinite(value) ? value : null);
		if (this.times.length > this.max) {
			this.times.shift();
			this.values.shift();
		}
	}
}


/* A line without axes, for the eye only: the figure stands beside it. */
export class Sparkline {
	constructor(width = 96, height = 24)
	{
		this.width = width;
		this.height = height;
		this.root = document.createElementNS(SVG, 'svg');
		this.root.setAttribute('class', 'spark');
		this.root.setAttribute('viewBox', `0 0 ${width} ${height}`);
		this.root.setAttribute('preserveAspectRatio', 'none');
		this.root.setAttribute('aria-hidden', 'true');
		this.area = document.createElementNS(SVG, 'path');
		this.area.setAttribute('class', 'spark-area');
		this.line = document.createElementNS(SVG, 'path');
		this.line.setAttribute('class', 'spark-line');
		this.root.append(this.area, this.line);
	}

	set({values})
	{
		const {width, height} = this;
		const top = Math.max(1e-9, ...values.filter(Number.isFinite)) * 1.1;
		const step = width / Math.max(SPARK_MIN, values.length - 1);
		const left = width - step * (values.length - 1);
		const points = values.map((v, n) => v === null ? null :
			`${(left + n * step).toFixed(1)} ` +
			`${(height - 1.5 - v / top * (height - 3)).toFixed(1)}`)
			.filter(Boolean);

		if (points.length < 2)
			return;
		const path = 'M' + points.join('L');

		this.line.setAttribute('d', path);
		this.area.setAttribute('d', `${path}L${width} ${height}` +
			`L${Math.max(0, left).toFixed(1)} ${height}Z`);
	}
}


function colour(name)
{
	return getComputedStyle(document.documentElement)
		.getPropertyValue(name).trim();
}


/* How long before now: "−40 s", "−2.5 min". */
function ago(time, now)
{
	const s = Math.round((now - time) / 1000);

	return s < 1 ? 'now' : s < 90 ? `−${s} s` :
		`−${Number((s / 60).toFixed(1))} min`;
}


/* Round figures of an axis need no fractions: "10.0 Mb/s" is "10 Mb/s". */
function onAxis(text)
{
	return text.replace(/\.0+(?= |$)/, '');
}


function options(chart)
{
	const grid = {color: colour('--line'), drawBorder: false,
		drawTicks: false};
	const ticks = {color: colour('--muted'), padding: 8,
		font: {size: 11, family: chart.family}};

	return {
		animation: false, responsive: true, maintainAspectRatio: false,
		parsing: false, normalized: true, spanGaps: true,
		interaction: {mode: 'nearest', axis: 'x', intersect: false},
		elements: {point: {radius: 0, hitRadius: 8},
			line: {borderWidth: 1.75, borderJoinStyle: 'round',
				cubicInterpolationMode: 'monotone'}},
		scales: {
			x: {type: 'linear', grid: {display: false}, ticks: {...ticks,
				display: !chart.isSmall, maxRotation: 0, align: 'inner',
				maxTicksLimit: 2, includeBounds: true,
				callback: (v) => ago(v, chart.now())}},
			y: {grid, beginAtZero: true, grace: '8%',
				suggestedMax: chart.least,
				ticks: {...ticks, maxTicksLimit: 3,
					callback: (v) => onAxis(chart.format(v))}},
		},
		plugins: {legend: {display: false}, tooltip: {
			displayColors: false, backgroundColor: colour('--tip'),
			titleColor: colour('--tip-text'),
			bodyColor: colour('--tip-text'),
			callbacks: {
				title: ([item]) => ago(item.parsed.x, chart.now()),
				label: (item) => chart.format(item.parsed.y),
			}}},
	};
}


/* A chart with a heading; root is its element.
 * format(value): for axis and heading; least: the axis goes up to that;
 * isSmall: there is no room for the times. */
export class Chart {
	constructor({title, format, least, isSmall})
	{
		this.format = format;
		this.least = least;
		this.isSmall = isSmall;
		this.value = el('output', {class: 'chart-value'});
		this.place = el('div', {class: 'chart-place'});
		this.root = el('figure', {class: 'chart'},
			el('figcaption', {}, el('span', {}, title), this.value),
			this.place);
	}

	set(history)
	{
		const last = history.values.at(-1);

		this.history = history;
		setText(this.value, this.format(last ?? NaN));
		if (this.chart)
			this.update();
		else if (!this.spark)
			this.draw();
		else
			this.spark.set(history);
	}

	async draw()
	{
		if (this.isDrawing)
			return;
		this.isDrawing = true;
		const Library = await load();

		if (this.isClosed)
			return;
		if (!Library) {
			this.spark = new Sparkline(320, 96);
			this.place.append(this.spark.root);
			this.spark.set(this.history);
			return;
		}
		const canvas = el('canvas', {role: 'img',
			'aria-label': this.root.textContent});

		this.place.append(canvas);
		this.family = getComputedStyle(canvas).fontFamily;
		this.chart = new Library(canvas, {type: 'line',
			data: {datasets: [{data: [], fill: true}]},
			options: options(this)});
		this.restyle();
	}

	/* After the colours have changed. */
	restyle()
	{
		if (!this.chart)
			return;
		const [set] = this.chart.data.datasets;

		set.borderColor = colour('--accent');
		set.backgroundColor = colour('--accent-wash');
		this.chart.options = options(this);
		this.update();
	}

	now()
	{
		return this.history.times.at(-1);
	}

	/* All that is known, but a minute at least. */
	update()
	{
		const {data, options: {scales}} = this.chart;
		const {times, values} = this.history;

		data.datasets[0].data =
			times.map((x, n) => ({x, y: values[n] ?? NaN}));
		scales.x.max = this.now();
		scales.x.min = Math.min(times[0], this.now() - WINDOW_MIN_MS);
		this.chart.update('none');
	}

	close()
	{
		this.isClosed = true;
		this.chart?.destroy();
	}
}
