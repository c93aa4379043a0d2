"""Prints one output of a deployed stack: `python -m tools.stack_output STACK OUTPUT`."""

import argparse

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.stack_output", description=__doc__)
    parser.add_argument("stack")
    parser.add_argument("output")
    options = parser.parse_args()
    try:
        described = boto3.client("cloudformation").describe_stacks(StackName=options.stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        parser.exit(1, f"{error}\n")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
    if options.output not in outputs:
        parser.exit(1, f"{options.stack} has no output {options.output}\n")
    print(outputs[options.output])


if __name__ == "__main__":
    main()
