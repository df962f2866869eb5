// The naming rule of docs/porting-from-python.md: the Python name, with snake_case turned into camelCase; C names stay C names.

// Python's operators call these methods.
const syntax: Readonly<Record<string, string>> = { __contains__: 'has', __len__: 'size' };

/** Returns tripoll's name for a name of Python. */
export function ourName(pythonName: string): string {
  const isCName = pythonName === pythonName.toUpperCase();
  return syntax[pythonName] ?? (isCName ? pythonName : camelCase(pythonName));
}

function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
