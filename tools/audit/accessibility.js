import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const windows = [
	{ width: 1280, height: 900 },
	{ width: 360, height: 780 },
];
const schemes = ["light", "dark"];

// Accessibility checks pages with axe (https://github.com/dequelabs/axe-core):
// all its rules, on a desk and on a telephone, in light and in dark.
export class Accessibility {
	static async load() {
		return new Accessibility(await readFile(source, "utf8"));
	}

	constructor(axe) {
		this.axe = axe;
	}

	// check returns a line for each element that violates a rule.
	async check(page) {
		const faults = new Set();
		await page.evaluate(this.axe);
		for (const scheme of schemes) {
			await page.emulateMediaFeatures([
				{ name: "prefers-color-scheme", value: scheme },
				{ name: "prefers-reduced-motion", value: "reduce" },
			]);
			for (const size of windows) {
				await page.setViewport(size);
				for (const fault of await page.evaluate(violations)) faults.add(`${scheme}, ${size.width} px: ${fault}`);
			}
		}
		await page.setViewport(windows[0]);
		return [...faults];
	}
}

// violations runs in the page.
async function violations() {
	await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
	const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
	return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${v.help}: ${node.target.join(" ")}: ${node.html}`));
}
