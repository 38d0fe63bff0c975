// Compiled, never run: what must compile does, and each @ts-expect-error marks what must not.
import {
  deploy,
  plan,
  type DeployOptions,
  type DeployResult,
  type EventInvokeConfig,
  type FunctionDefinition,
  type FunctionUrlConfig,
  type Operation,
  type Permission,
} from 'lambda-pack-native'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_ extends true>(): void {}

export async function attaches(): Promise<void> {
  const options: DeployOptions = {
    functionName: 'f',
    alias: 'live',
    functionUrl: {
      authType: 'NONE',
      invokeMode: 'RESPONSE_STREAM',
      cors: { allowOrigins: ['*'], maxAge: 60 },
      permissions: [{ principal: '*' }],
    },
    permissions: [{ action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::b' }],
    eventInvokeConfig: { maximumRetryAttempts: 0, destinationConfig: { onFailure: { destination: 'arn' } } },
    provisionedConcurrentExecutions: 2,
    recursiveLoop: 'Allow',
    runtimeManagementConfig: { updateRuntimeOn: 'Manual', runtimeVersionArn: 'arn' },
    codeSigningConfigArn: 'arn',
    sourceKmsKeyArn: 'arn',
    capacityProviderConfig: { lambdaManagedInstancesCapacityProviderConfig: { capacityProviderArn: 'arn' } },
    tenancyConfig: { tenantIsolationMode: 'PER_TENANT' },
    fileSystemConfigs: [{ arn: 'arn', localMountPath: '/mnt/x', s3FilesConfig: { directS3Read: 'ENABLED' } }],
    s3: { bucket: 'b', objectStorageMode: 'REFERENCE' },
  }
  const result = await deploy(options)
  same<Equal<DeployResult['functionUrl'], string | undefined>>()
  same<Equal<(typeof result.operations)[number], Operation>>()
  const cleared: DeployOptions = {
    functionName: 'f',
    functionUrl: null,
    permissions: null,
    eventInvokeConfig: null,
    provisionedConcurrentExecutions: null,
    recursiveLoop: null,
    runtimeManagementConfig: null,
    codeSigningConfigArn: null,
    sourceKmsKeyArn: null,
  }
  await plan(cleared)
  const url: FunctionUrlConfig = { authType: 'AWS_IAM' }
  const permission: Permission = { action: 'lambda:InvokeFunction', principal: '123456789012' }
  const events: EventInvokeConfig = {}
  await deploy({ functionName: 'f', functionUrl: url, permissions: [permission], eventInvokeConfig: events })

  // @ts-expect-error a kind of authorisation that does not exist
  await deploy({ functionName: 'f', functionUrl: { authType: 'BASIC' } })
  // @ts-expect-error without the kind of authorisation
  await deploy({ functionName: 'f', functionUrl: {} })
  // @ts-expect-error without who may
  await deploy({ functionName: 'f', permissions: [{ action: 'lambda:InvokeFunction' }] })
  // @ts-expect-error what a new function has is not known
  await deploy({ functionName: 'f', tenancyConfig: null })
  // @ts-expect-error a word that is none
  await deploy({ functionName: 'f', recursiveLoop: 'Deny' })
  // @ts-expect-error a way to keep the code that does not exist
  await deploy({ functionName: 'f', s3: { bucket: 'b', objectStorageMode: 'MOVE' } })
}

export async function defines(): Promise<void> {
  const definition: FunctionDefinition = { FunctionName: 'f', MemorySize: 256 }
  await deploy({ functionName: 'f', definition })
  // The name is in the definition.
  await deploy({ definition, alias: 'live' })
  await plan({ functionName: 'f', definition: 'function.json' })
  // @ts-expect-error no name at all
  await deploy({ alias: 'live' })
  // @ts-expect-error no definition
  await deploy({ functionName: 'f', definition: 1 })
}
