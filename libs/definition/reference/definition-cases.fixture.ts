import { COMPONENT_CASES } from './component-cases.fixture.js';
import { type DefinitionCase } from './definition-case.fixture.js';
import { NULL_CASES } from './null-cases.fixture.js';
import { PARAMETER_CASES } from './parameter-cases.fixture.js';
import { PROPERTY_CASES } from './property-cases.fixture.js';
import { STRUCTURE_CASES } from './structure-cases.fixture.js';
import { TEMPLATE_CASES } from './template-cases.fixture.js';

/** Kinds of faults, and similar definitions without one, on which Lizzy and Senza must agree. */
export const DEFINITION_CASES: readonly DefinitionCase[] = [
  ...STRUCTURE_CASES,
  ...NULL_CASES,
  ...COMPONENT_CASES,
  ...PROPERTY_CASES,
  ...PARAMETER_CASES,
  ...TEMPLATE_CASES,
];
