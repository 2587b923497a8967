/** What Senza needs of a property of a component, without which it crashes. */
export interface PropertyRule {
  readonly name: string;
  readonly isRequired: boolean;
  readonly shape: 'any' | 'list' | 'mapping';
  /** The property is not required if one of these is there. */
  readonly unless?: readonly string[];
  /** Rules for what is in it: for its own properties, or for those of its items. */
  readonly properties?: readonly PropertyRule[];
}

interface ComponentType {
  readonly properties: readonly PropertyRule[];
  /** It adds to `Resources` without making sure that there is such a section. */
  readonly needsResources: boolean;
  readonly makesResources: boolean;
}

const required = (name: string, shape: PropertyRule['shape'] = 'any', ...properties: PropertyRule[]): PropertyRule => ({
  name,
  isRequired: true,
  shape,
  properties,
});
const optional = (name: string, shape: PropertyRule['shape'], ...properties: PropertyRule[]): PropertyRule => ({
  name,
  isRequired: false,
  shape,
  properties,
});
const making = (...properties: PropertyRule[]): ComponentType => ({
  properties,
  needsResources: false,
  makesResources: true,
});

// components/configuration.py in Senza 2.1.143, and likewise below.
const CONFIGURATION: ComponentType = {
  properties: ['ServerSubnets', 'LoadBalancerSubnets', 'LoadBalancerInternalSubnets', 'Images'].map((name) =>
    optional(name, 'mapping'),
  ),
  needsResources: false,
  makesResources: false,
};
const AUTO_SCALING_GROUP = [
  required('InstanceType'),
  optional('SecurityGroups', 'list'),
  optional('IamRoles', 'list'),
  optional('Tags', 'list', required('Key'), required('Value')),
  optional('AutoScaling', 'mapping', required('Minimum'), required('Maximum')),
];
const DOMAINS = optional('Domains', 'mapping');
const ELASTIC_LOAD_BALANCER: ComponentType = {
  properties: [{ ...required('HTTPPort'), unless: ['HealthCheckPort'] }, required('SecurityGroups', 'list'), DOMAINS],
  needsResources: true,
  makesResources: true,
};
const ELASTIC_LOAD_BALANCER_V2: ComponentType = {
  properties: [required('HTTPPort'), required('SecurityGroups', 'list'), DOMAINS],
  needsResources: true,
  makesResources: true,
};

/** What is known of Senza's own components. Others are left to Senza. */
export const COMPONENT_TYPES: ReadonlyMap<string, ComponentType> = new Map([
  ['Senza::Configuration', CONFIGURATION],
  ['Senza::StupsAutoConfiguration', CONFIGURATION],
  ['Senza::SubnetAutoConfiguration', CONFIGURATION],
  ['Senza::CoreosAutoConfiguration', CONFIGURATION],
  ['Senza::AutoScalingGroup', making(...AUTO_SCALING_GROUP, required('Image'))],
  ['Senza::TaupageAutoScalingGroup', making(...AUTO_SCALING_GROUP, required('TaupageConfig', 'mapping'))],
  ['Senza::ElasticLoadBalancer', ELASTIC_LOAD_BALANCER],
  ['Senza::WeightedDnsElasticLoadBalancer', ELASTIC_LOAD_BALANCER],
  ['Senza::ElasticLoadBalancerV2', ELASTIC_LOAD_BALANCER_V2],
  ['Senza::WeightedDnsElasticLoadBalancerV2', ELASTIC_LOAD_BALANCER_V2],
  ['Senza::IamRole', making(optional('Policies', 'list'), optional('MergePoliciesFromIamRoles', 'list'))],
  ['Senza::RedisNode', making(required('SecurityGroups', 'list'))],
  ['Senza::RedisCluster', making(required('SecurityGroups', 'list'))],
]);
