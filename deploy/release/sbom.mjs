/**
 * Completes the CycloneDX document of `npm sbom` with Senza and its Python packages, which the worker's image contains.
 * @param {string} npmSbom
 * @param {string} pythonLock a requirements file with hashes
 * @returns {object}
 */
export const completeSbom = (npmSbom, pythonLock) => {
  const sbom = JSON.parse(npmSbom);
  const packages = pythonPackages(pythonLock);
  const { component } = sbom.metadata;
  return {
    ...sbom,
    // npm names the component after its directory.
    metadata: { ...sbom.metadata, component: { ...component, type: 'application', name: 'lizzy' } },
    components: [...sbom.components, ...packages],
    dependencies: [
      ...sbom.dependencies.map((each) =>
        each.ref === component['bom-ref']
          ? { ...each, dependsOn: [...each.dependsOn, ...packages.map((python) => python['bom-ref'])] }
          : each,
      ),
      ...packages.map((each) => ({ ref: each['bom-ref'], dependsOn: [] })),
    ],
  };
};

const pythonPackages = (lock) =>
  [...lock.matchAll(/^([\w.-]+)==(\S+)/gm)].map(([, name, version]) => {
    const purl = `pkg:pypi/${name}@${version}`;
    return { 'bom-ref': purl, type: 'library', name, version, scope: 'required', purl };
  });
