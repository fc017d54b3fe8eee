import lighthouse from "lighthouse";
import { Visitor } from "./visitor.js";

const runs = 3; // of which the median performance counts
const wanted = { accessibility: 100, "best-practices": 100, seo: 100 };
const goal = 98; // of performance; a miss is printed

// lighthouses measures pages as Lighthouse does by default: on a telephone, with
// a slow network and a slow processor.
export async function lighthouses(browser, shop) {
	const v = await Visitor.enter(browser, shop);
	await v.open("", "/");
	await v.put("enamel-mug", "notebook", "bread-knife");
	const headers = { Cookie: await v.cookie() };
	await v.leave();
	const m = await Visitor.enter(browser, shop);
	await m.open("", "/account/new");
	await m.submit("", "form.fields", { email: "ada@example.org", password: "a sieve, two mugs" });
	const member = { Cookie: await m.cookie() };
	await m.leave();
	const rows = [];
	const failures = [];
	for (const page of [
		{ path: "/", headers: {}, indexed: true },
		{ path: "/products/enamel-mug", headers: {}, indexed: true },
		{ path: "/cart", headers },
		{ path: "/session", headers },
		{ path: "/account/login", headers: {} },
		{ path: "/account/devices", headers: member },
	]) {
		const result = await measure(browser, shop.url + page.path, page);
		rows.push([page.path, ...result.scores.map(String)]);
		failures.push(...result.failures.map((failure) => `${page.path}: ${failure}`));
	}
	return { rows, failures };
}

async function measure(browser, url, { headers, indexed }) {
	const reports = [];
	for (let i = 0; i < runs; i++) reports.push(await report(browser, url, headers));
	const speeds = reports.map((r) => score(r, "performance")).sort((a, b) => a - b);
	const speed = speeds[Math.floor(runs / 2)];
	const machine = Math.max(...reports.map((r) => r.environment.benchmarkIndex));
	const scores = [Math.round(machine), speed < goal ? `${speed} (goal ${goal})` : speed];
	const failures = [];
	for (const [category, want] of Object.entries(wanted)) {
		if (category === "seo" && !indexed) {
			scores.push("-"); // the page asks not to be indexed
			continue;
		}
		const worst = reports.reduce((a, b) => (score(b, category) < score(a, category) ? b : a));
		scores.push(score(worst, category));
		if (score(worst, category) < want) failures.push(...missed(worst, category));
	}
	return { scores, failures };
}

async function report(browser, url, extraHeaders, tries = 3) {
	const { lhr } = await lighthouse(url, {
		port: Number(new URL(browser.wsEndpoint()).port),
		output: "json",
		logLevel: "error",
		extraHeaders,
		onlyCategories: ["performance", ...Object.keys(wanted)],
	});
	// On a busy machine the trace may begin after the page; Lighthouse asks to be run again.
	if (lhr.runtimeError?.code === "NO_NAVSTART" && tries > 1) return report(browser, url, extraHeaders, tries - 1);
	if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
	return lhr;
}

function score(lhr, category) {
	return Math.round(lhr.categories[category].score * 100);
}

// missed names the audits that cost points.
function missed(lhr, category) {
	return lhr.categories[category].auditRefs
		.filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1)
		.map(({ id }) => `Lighthouse ${category}: ${id}: ${lhr.audits[id].title}`);
}
