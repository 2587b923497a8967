// Part of `npm run check:boundaries`: no cycle between folders. Specs and fixtures are left out: they use the tests' support.
const { options } = require('../.dependency-cruiser.cjs');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [{ name: 'no-circular-folders', scope: 'folder', severity: 'error', from: {}, to: { circular: true } }],
  options: { ...options, exclude: '\\.(spec|fixture)\\.ts$' },
};
