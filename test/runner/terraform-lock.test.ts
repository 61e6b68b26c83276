import { describe, expect, it } from 'vitest';
import { readTerraformLock } from '../../src/runner/read/terraform-lock.ts';

const read = (text: string) => readTerraformLock(text, 'untaint');

/** As terraform 1.11.4 printed it against a lock that an apply had left in an `http` backend: the block is about the one that asks. */
const http = `
Error: Error acquiring the state lock

Error message: HTTP remote state already locked:
ID=98dcdf24-0682-0226-2ab4-653c4d2b4c19
Lock Info:
  ID:        62462d0c-f3e1-4ba4-d370-f8e4406971b1
  Path:      
  Operation: untaint
  Who:       root@vm
  Version:   1.11.4
  Created:   2026-11-21 11:26:27.678977527 +0000 UTC
  Info:      


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time.
`;

/** As it prints what S3, DynamoDB, GCS and a local file tell: the block is about the one that holds. */
const holder = `╷
│ Error: Error acquiring the state lock
│ 
│ Error message: operation error DynamoDB: PutItem, ConditionalCheckFailedException: The conditional request failed
│ Lock Info:
│   ID:        b6b08093-46a8-bb3d-8fa9-f03dc493c798
│   Path:      bucket/network.tfstate
│   Operation: OperationTypeApply
│   Who:       tidegate@server
│   Version:   1.11.4
│   Created:   2026-11-21 11:20:00.1 +0000 UTC
│   Info:      
│ 
│ 
│ Terraform acquires a state lock to protect the state from being written
╵
`;

describe('who holds the state lock', () => {
  it('is the id in the message, where the block is about the one that asks', () => {
    expect(read(http)).toEqual({
      id: '98dcdf24-0682-0226-2ab4-653c4d2b4c19',
      who: null,
      operation: null,
      created: null,
    });
  });

  it('is the block, frames and carriage returns taken off', () => {
    const expected = {
      id: 'b6b08093-46a8-bb3d-8fa9-f03dc493c798',
      who: 'tidegate@server',
      operation: 'OperationTypeApply',
      created: '2026-11-21 11:20:00.1 +0000 UTC',
    };
    expect(read(holder)).toEqual(expected);
    expect(read(holder.replaceAll('\n', '\r\n'))).toEqual(expected);
  });

  it('is nobody known, where the backend names only the one that asks', () => {
    const pg = http.replace(
      'HTTP remote state already locked:\nID=98dcdf24-0682-0226-2ab4-653c4d2b4c19',
      'Workspace is already locked: default',
    );
    expect(read(pg)).toEqual({ id: null, who: null, operation: null, created: null });
  });

  it('has no id that could be read as an option', () => {
    expect(read(holder.replace('b6b08093-46a8-bb3d-8fa9-f03dc493c798', '-force'))?.id).toBeNull();
    expect(read(http.replace('ID=98dcdf24-0682-0226-2ab4-653c4d2b4c19', 'ID=$(id)'))?.id).toBeNull();
  });

  it.each(['', 'Error: Backend initialization required', 'Error: No configuration files'])(
    'is not told by %j',
    (text) => {
      expect(read(text)).toBeNull();
    },
  );
});
