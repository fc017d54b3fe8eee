const patience = 30_000;

// Visitor is somebody with cookies of their own and one page.
export class Visitor {
	static async enter(browser, shop) {
		const context = await browser.createBrowserContext();
		const page = await context.newPage();
		page.setDefaultTimeout(patience);
		await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
		return new Visitor(context, page, shop);
	}

	constructor(context, page, shop) {
		Object.assign(this, { context, page, shop });
	}

	leave() {
		return this.context.close();
	}

	// open loads a path of the shop, or an address, and names what it shows.
	async open(name, path, want = 200) {
		const response = await this.page.goto(new URL(path, this.shop.url).href, { waitUntil: "load" });
		return this.state(name, response, want);
	}

	// submit fills in the fields of a form and sends it as a browser without
	// scripts does.
	async submit(name, selector, fields = {}, want = 200) {
		const [response] = await Promise.all([
			this.page.waitForNavigation({ waitUntil: "load" }),
			this.page.$eval(
				selector,
				(form, fields) => {
					for (const [field, value] of Object.entries(fields)) form.elements[field].value = value;
					form.submit();
				},
				fields,
			),
		]);
		return this.state(name, response, want);
	}

	// put puts things into the cart without a page for each.
	async put(...skus) {
		for (const sku of skus) {
			const ok = await this.page.evaluate(async (sku) => {
				const answer = await fetch("/cart/items", { method: "POST", body: new URLSearchParams({ sku, quantity: 1 }) });
				return answer.ok;
			}, sku);
			if (!ok) throw new Error(`${sku} does not go into the cart`);
		}
	}

	async cookie() {
		const cookies = await this.context.cookies();
		return cookies.map((c) => `${c.name}=${c.value}`).join("; ");
	}

	async state(name, response, want) {
		if (response.status() !== want) throw new Error(`${name}: status ${response.status()}, want ${want}`);
		return { name, page: this.page, status: want, html: await response.text() };
	}
}
