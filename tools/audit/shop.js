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
	const admin = path.join(dir, "trolley-admin");
	for (const [bin, pkg] of [[program, "./cmd/web"], [admin, "./cmd/trolley-admin"]])
		execFileSync("go", ["build", "-buildvcs=false", "-o", bin, pkg], { cwd: root, stdio: "inherit", timeout: 300_000 });
	const db = path.join(dir, "shop.db");
	const child = spawn(program, ["-db", db, "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0"], {
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
		const ops = new URL(office);
		const link = execFileSync(admin, ["-db", db, "inspector", "-ops-addr", ops.host], { encoding: "utf8" }).trim();
		return { url, ops: ops.origin, link, close, kill };
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
