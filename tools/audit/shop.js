import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.dirname(path.dirname(path.dirname(new URL(import.meta.url).pathname)));
const patience = 30_000;

// openShop builds the program and starts it on ports that are free, with a
// database of its own. close ends it and removes everything; kill does so at
// once, for a process that is about to exit.
export async function openShop() {
	const dir = mkdtempSync(path.join(tmpdir(), "trolley-audit-"));
	const program = path.join(dir, "trolley");
	execFileSync("go", ["build", "-buildvcs=false", "-o", program, "./cmd/web"], { cwd: root, stdio: "inherit", timeout: 300_000 });
	const child = spawn(program, ["-db", path.join(dir, "shop.db"), "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0"], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = new Promise((resolve) => child.once("exit", resolve));
	const kill = () => {
		child.kill("SIGKILL");
		rmSync(dir, { recursive: true, force: true });
	};
	try {
		const [url, office] = await announced(child);
		const close = async () => {
			child.kill("SIGTERM");
			await Promise.race([ended, pause(patience)]);
			kill();
		};
		return { url, ops: new URL(office).origin, close, kill };
	} catch (err) {
		kill();
		throw err;
	}
}

// announced resolves to the addresses that the program says it serves.
function announced(child) {
	const urls = [];
	return new Promise((resolve, reject) => {
		child.once("exit", (code) => reject(new Error(`the shop ended with ${code}`)));
		setTimeout(() => reject(new Error("the shop said nothing")), patience).unref();
		createInterface(child.stdout).on("line", (line) => {
			urls.push(...(line.match(/http:\/\/\S+/g) ?? []));
			if (urls.length === 2) resolve(urls);
		});
	});
}

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
