import { accessSync, constants } from "node:fs";
import path from "node:path";
import process from "node:process";
import puppeteer from "puppeteer-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

function findBrowser() {
	for (const name of names) {
		for (const dir of (process.env.PATH ?? "").split(path.delimiter)) {
			const file = path.join(dir, name);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {
				// not there
			}
		}
	}
	throw new Error(`none of ${names.join(", ")} is in PATH: tools/install-tools installs one`);
}

// launch starts the Chromium of this machine.
export function launch() {
	return puppeteer.launch({ executablePath: findBrowser(), args: ["--no-sandbox", "--disable-gpu"], timeout: 60_000 });
}
