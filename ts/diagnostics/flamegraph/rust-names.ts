/** Names of Rust's functions as a person reads them. */

/** Crates whose functions occur in the addon. Names in C++ also contain `::`, and stay as they are. */
const RUST = /^(<|(qanto_pow|qanto_napi|napi|std|core|alloc|hashbrown|parking_lot)(::|$))/;
const MANGLED_SUFFIX = /::h[0-9a-f]{16}$/;
/** The modules before the last name of a path. */
const MODULES = /(?:\b[A-Za-z_]\w*::)+(?=[A-Za-z_])/g;

/**
 * Shortens `<crate::a::Type<crate::b::Other> as crate::Trait>::method` to `Type<Other>::method`, and `crate::a::b::function` to
 * `b::function`. Returns a name that is not Rust's as it is.
 */
export function shortRustName(name: string): string {
  if (!RUST.test(name)) return name;
  const plain = name.replace(MANGLED_SUFFIX, '').replaceAll(/\{(closure|shim)[^}]*\}/g, '{$1}');
  const segments = split(plain, '::').filter((segment, index) => index === 0 || !segment.startsWith('<'));
  const [first, ...rest] = segments;
  if (first!.startsWith('<') && first!.endsWith('>')) {
    const [type] = split(first!.slice(1, -1), ' as ');
    return [withoutModules(type!), ...rest.map(withoutModules)].join('::');
  }
  const isInner = (segment: string) => segment.startsWith('{');
  const named = segments.filter((segment) => !isInner(segment)).slice(-2);
  return [...named.map(withoutModules), ...segments.filter(isInner)].join('::');
}

function withoutModules(text: string): string {
  return text.replaceAll(MODULES, '');
}

/** Splits where the separator is outside of all brackets. The arrow `->` is not a bracket. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if ('<([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character) || (character === '>' && text[at - 1] !== '-')) depth -= 1;
    else if (depth === 0 && text.startsWith(separator, at)) {
      parts.push(text.slice(start, at));
      start = at + separator.length;
      at = start - 1;
    }
  }
  return [...parts, text.slice(start)];
}
