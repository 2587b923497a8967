import { type PropertyShape } from './component-types.js';
import { asMapping, isTemplate, itemsOf, type Placed } from './place.js';
import { isNull, textOf } from './yaml/value.js';

// Of a text Python's `int` takes digits, also with single underscores between them.
const DIGITS = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

/** A value of the wrong shape, and what it must be, for a sentence. */
export interface WrongShape {
  readonly placed: Placed;
  readonly expected: string;
}

/** What is wrong with a property, or with one of its items; undefined if nothing is. */
export function findWrongShape(property: Placed, shape: PropertyShape): WrongShape | undefined {
  switch (shape) {
    case 'any':
      return undefined;
    case 'list':
      return itemsOf(property) === undefined ? wrong(property, 'a list: write - VALUE') : undefined;
    case 'mapping':
      return asMapping(property) === undefined ? wrong(property, 'a mapping') : undefined;
    case 'mappings': {
      const items = itemsOf(property);
      const other = (items ?? [property]).find((item) => asMapping(item) === undefined);
      return other === undefined ? undefined : wrong(other, 'a list of mappings: write - NAME: VALUE');
    }
    case 'value':
      return isNull(property.value) ? wrong(property, 'set: CloudFormation refuses null') : undefined;
    case 'number':
      return isNumber(property) ? undefined : wrong(property, 'a number');
    case 'text':
      return textOf(property.value) === undefined ? wrong(property, 'a string: put it in quotes') : undefined;
    case 'texts': {
      const items = itemsOf(property);
      const other = (items ?? [property]).find(
        ({ value }) => textOf(value) === undefined && !(items !== undefined && isNull(value)),
      );
      return other === undefined ? undefined : wrong(other, 'a string, or a list of strings');
    }
    case 'names': {
      const items = itemsOf(property);
      if (items === undefined) return wrong(property, 'a list: write - VALUE');
      const other = items.find((item) => textOf(item.value) === undefined && asMapping(item) === undefined);
      return other === undefined ? undefined : wrong(other, 'a list of strings: put this one in quotes');
    }
  }
}

function wrong(placed: Placed, expected: string): WrongShape {
  return { placed, expected };
}

function isNumber(property: Placed): boolean {
  const { value } = property;
  if (value.kind !== 'scalar') return false;
  if (value.type === 'string') return DIGITS.test(value.value) || isTemplate(property);
  return value.type === 'integer' || value.type === 'float' || value.type === 'boolean';
}
