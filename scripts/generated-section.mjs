// Sections of documents that a program writes, between <!-- NAME: begin … --> and <!-- NAME: end -->.

function split(text, name) {
  const match = new RegExp(`(<!-- ${name}: begin[^\n]*-->\n)([\\s\\S]*?)(<!-- ${name}: end -->)`).exec(text);
  if (!match) throw new Error(`the document has no section "${name}"`);
  const [, begin, body, end] = match;
  const bodyStart = match.index + begin.length;
  return { before: text.slice(0, bodyStart), body, after: end + text.slice(match.index + match[0].length) };
}

/** The current body of the section. */
export function readSection(text, name) {
  return split(text, name).body;
}

/** The text with a new body for the section. */
export function withSection(text, name, body) {
  const { before, after } = split(text, name);
  return before + body + after;
}
