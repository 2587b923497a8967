import { bundlePackages } from './bundled-packages.mjs';
import { bundledPrograms } from './bundled-programs.mjs';
import { startTemplate } from './emulator-template.mjs';

/** Jest's global setup: what the tests of a run share. The tests find it by environment variables. */
export default async function setUp() {
  const [template, programs] = await Promise.all([startTemplate(), bundledPrograms(), bundlePackages()]);
  process.env.LIZZY_TEST_EMULATOR_TEMPLATE = template;
  if (programs !== undefined) process.env.LIZZY_TEST_PROGRAMS = programs;
}
