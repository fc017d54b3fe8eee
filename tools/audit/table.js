// table returns rows of text as columns: the first one to the left, the others,
// which are numbers, to the right.
export function table(head, rows) {
	const lines = [head, ...rows];
	const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
	const write = (line) => line.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  ");
	return "\n" + lines.map(write).join("\n") + "\n";
}
