// Audits every page of the shop and of its back office: Lighthouse, axe and
// html-validate, in Chromium, against a shop that it starts itself. It prints
// what it found and exits with 1 for any failure; a performance score is printed
// and fails nothing, since it depends on the machine: beside it stands how fast
// Lighthouse found that to be (1000 and more are usual for a desk).
import process from "node:process";
import { launch } from "./browser.js";
import { Accessibility } from "./accessibility.js";
import { lighthouses } from "./lighthouses.js";
import { Markup } from "./markup.js";
import { openShop } from "./shop.js";
import { table } from "./table.js";
import { tour } from "./tour.js";

const limit = 20 * 60_000; // for everything

const overdue = setTimeout(() => {
	console.error(`audit: not done after ${limit / 60_000} minutes`);
	process.exit(1);
}, limit);
overdue.unref();

const shop = await openShop();
process.on("exit", shop.kill);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const failures = [];
const browser = await launch();
process.on("exit", () => browser.process()?.kill("SIGKILL"));
try {
	const accessibility = await Accessibility.load();
	const markup = new Markup();
	const rows = [];
	for await (const state of tour(browser, shop)) {
		const found = { axe: await accessibility.check(state.page), html: await markup.check(state) };
		rows.push([state.name, String(state.status), String(found.axe.length), String(found.html.length)]);
		for (const fault of [...found.axe, ...found.html]) failures.push(`${state.name}: ${fault}`);
	}
	console.log(table(["page", "status", "axe", "html-validate"], rows));

	const scores = await lighthouses(browser, shop);
	console.log(table(["Lighthouse, mobile", "machine", "performance", "accessibility", "best practices", "SEO"], scores.rows));
	failures.push(...scores.failures);
} finally {
	await browser.close();
	await shop.close();
}
for (const failure of failures) console.error(failure);
console.log(failures.length ? `${failures.length} failures` : "nothing found");
process.exit(failures.length ? 1 : 0);
