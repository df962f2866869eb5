/** The name of a value's type in CPython's messages: 'str', 'float', 'NoneType', 'list', or the name of a class. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'undefined':
      return 'NoneType';
    case 'object':
      if (value === null) return 'NoneType';
      if (Array.isArray(value)) return 'list';
      if (value instanceof Uint8Array) return 'bytes';
      return objectName(value);
    default:
      return typeof value;
  }
}

function objectName(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor = prototype === null ? undefined : (prototype as { constructor?: unknown }).constructor;
  return typeof constructor === 'function' ? constructor.name : 'object';
}
