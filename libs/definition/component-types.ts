/**
 * What a property must be. `value`: anything but null, which CloudFormation refuses; `number`: what Python's `int` takes, so
 * digits in quotes, too; `names`: a list of texts or of references to other stacks; `mappings`: a list of mappings; `texts`: a
 * text, or a list of texts and nulls.
 */
export type PropertyShape = 'any' | 'list' | 'mapping' | 'mappings' | 'names' | 'number' | 'text' | 'texts' | 'value';

/** What Senza needs of a property of a component, without which it crashes. */
export interface PropertyRule {
  readonly name: string;
  readonly isRequired: boolean;
  readonly shape: PropertyShape;
  /** Whether Senza takes a property without a value for one that is not there. */
  readonly isNullable?: boolean;
  /** Senza does not use the property if all of these have a value. */
  readonly replacedBy?: readonly string[];
  /** Rules for what is in it: for its own properties, or for those of its items. */
  readonly properties?: readonly PropertyRule[];
  /** Rules for each of its values, which are mappings. */
  readonly entries?: readonly PropertyRule[];
}

interface ComponentType {
  readonly properties: readonly PropertyRule[];
  /** It adds to `Resources` without making sure that there is such a section. */
  readonly needsResources: boolean;
  readonly makesResources: boolean;
}

const required = (name: string, shape: PropertyShape = 'any', ...properties: PropertyRule[]): PropertyRule => ({
  name,
  isRequired: true,
  shape,
  properties,
});
const optional = (name: string, shape: PropertyShape, ...properties: PropertyRule[]): PropertyRule => ({
  ...required(name, shape, ...properties),
  isRequired: false,
});
const nullable = (name: string, shape: PropertyShape): PropertyRule => ({ ...optional(name, shape), isNullable: true });
const mappingOf = (name: string, ...entries: PropertyRule[]): PropertyRule => ({
  ...optional(name, 'mapping'),
  entries,
});
const making = (...properties: PropertyRule[]): ComponentType => ({
  properties,
  needsResources: false,
  makesResources: true,
});

// components/configuration.py in Senza 2.1.143, and likewise below.
const CONFIGURATION: ComponentType = {
  properties: [
    ...['ServerSubnets', 'LoadBalancerSubnets', 'LoadBalancerInternalSubnets'].map((name) => optional(name, 'mapping')),
    mappingOf('Images'),
  ],
  needsResources: false,
  makesResources: false,
};
const ADJUSTMENTS = ['ScaleUpAdjustment', 'ScaleDownAdjustment'];
const AUTO_SCALING_GROUP = [
  required('InstanceType', 'value'),
  optional('SecurityGroups', 'names'),
  optional('IamRoles', 'names'),
  optional('Tags', 'list', required('Key', 'value'), required('Value', 'value')),
  optional(
    'AutoScaling',
    'mapping',
    required('Minimum', 'number'),
    required('Maximum', 'value'),
    ...['DesiredCapacity', ...ADJUSTMENTS].map((name) => optional(name, 'number')),
    { ...optional('ScalingAdjustment', 'number'), replacedBy: ADJUSTMENTS },
    optional('MetricType', 'text'),
  ),
];
const TAUPAGE_CONFIG = required(
  'TaupageConfig',
  'mapping',
  required('source', 'text'),
  optional('application_id', 'text'),
  optional('application_version', 'text'),
);
const BALANCER = [
  required('SecurityGroups', 'names'),
  mappingOf('Domains', required('Subdomain'), required('Zone', 'text'), required('Type')),
];
const WEIGHTED = [optional('MainDomain', 'text'), optional('VersionDomain', 'text')];
const balancer = (...properties: PropertyRule[]): ComponentType => ({
  properties: [...BALANCER, ...properties],
  needsResources: true,
  makesResources: true,
});
const V1 = [
  { ...required('HTTPPort', 'value'), replacedBy: ['HealthCheckPort', 'Listeners'] },
  nullable('SSLCertificateId', 'text'),
  nullable('Listeners', 'mappings'),
];
const V2 = [
  required('HTTPPort', 'value'),
  nullable('SSLCertificateId', 'texts'),
  nullable('LoadBalancerName', 'text'),
  { ...nullable('Listeners', 'mappings'), properties: [required('Properties', 'mapping')] },
];

/** The rules of Senza's own components. Senza checks other ones. */
export const COMPONENT_TYPES: ReadonlyMap<string, ComponentType> = new Map([
  ['Senza::Configuration', CONFIGURATION],
  ['Senza::StupsAutoConfiguration', CONFIGURATION],
  ['Senza::SubnetAutoConfiguration', CONFIGURATION],
  ['Senza::CoreosAutoConfiguration', CONFIGURATION],
  ['Senza::AutoScalingGroup', making(...AUTO_SCALING_GROUP, required('Image'))],
  ['Senza::TaupageAutoScalingGroup', making(...AUTO_SCALING_GROUP, TAUPAGE_CONFIG)],
  ['Senza::ElasticLoadBalancer', balancer(...V1)],
  ['Senza::WeightedDnsElasticLoadBalancer', balancer(...V1, ...WEIGHTED)],
  ['Senza::ElasticLoadBalancerV2', balancer(...V2)],
  ['Senza::WeightedDnsElasticLoadBalancerV2', balancer(...V2, ...WEIGHTED)],
  ['Senza::IamRole', making(optional('Policies', 'list'), optional('MergePoliciesFromIamRoles', 'names'))],
  ['Senza::RedisNode', making(required('SecurityGroups', 'names'))],
  ['Senza::RedisCluster', making(required('SecurityGroups', 'names'), optional('NumberOfNodes', 'number'))],
]);
