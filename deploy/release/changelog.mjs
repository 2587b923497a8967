const RELEASE = /^## \[(\d+\.\d+\.\d+(?:-[\w.]+)?)\] - (\d{4}-\d{2}-\d{2})$/m;

/**
 * The newest version of a changelog in the form of Keep a Changelog.
 * @param {string} changelog
 * @returns {string} for example `3.0.0`
 * @throws {Error} when there is none, or changes are still listed as unreleased
 */
export const releaseVersion = (changelog) => {
  const match = RELEASE.exec(changelog);
  if (match === null) {
    throw new Error(
      'CHANGELOG.md has no release: rename "## [Unreleased]" to "## [X.Y.Z] - YYYY-MM-DD" and add a new one.',
    );
  }
  const before = changelog.slice(0, match.index);
  if (/^## \[Unreleased\]\n[^]*^- /m.test(before)) {
    throw new Error(`CHANGELOG.md lists unreleased changes before ${match[1]}: move them below "## [${match[1]}]".`);
  }
  return match[1];
};
