import { HtmlValidate } from "html-validate";

// Markup checks the HTML of pages as it was served: against the standard, and for
// what keeps people out.
export class Markup {
	constructor() {
		this.validator = new HtmlValidate({
			root: true,
			extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
			rules: {
				// A pre that scrolls is a region, so that a keyboard reaches it.
				"prefer-native-element": ["error", { exclude: ["region"] }],
				// Files come from this site alone, under names that are hashes of theirs.
				"require-sri": "off",
				// Without scripts the back office loads itself again: that is what it is for.
				"meta-refresh": "off",
			},
		});
	}

	// check returns a line for each error and each warning.
	async check({ html }) {
		const report = await this.validator.validateString(html);
		return report.results.flatMap((r) => r.messages.map((m) => `html-validate ${m.ruleId}: ${m.message}, line ${m.line}`));
	}
}
