// Every intrinsic function: what it answers, and the fault of every wrong use.
import { expect, test } from 'vitest';
import { ANY_RESOURCE, faultsOf, outputsOf, planOf } from '../../support/plan.ts';

const BASE = `
Parameters:
  Name: {Type: String, Default: chat}
  Count: {Type: Number, Default: 3}
  Names: {Type: CommaDelimitedList, Default: "a, b,c"}
Mappings:
  Sizes:
    eu-west-1: {small: 128, big: 512, zones: [a, b]}
Conditions:
  Yes: !Equals [!Ref Name, chat]
  No: !Not [!Condition Yes]
${ANY_RESOURCE}
Outputs:
  Out: {Value: `;
const withOutput = (expression: string): string => `${BASE}${expression}}\n`;
const PATH = 'Outputs.Out.Value';

test.each([
  ['!Ref Name', 'chat'],
  ['!Ref AWS::Region', 'eu-west-1'],
  ['!Ref AWS::AccountId', '111122223333'],
  ['!Ref AWS::Partition', 'aws'],
  ['!Ref AWS::StackName', 'shop'],
  ['!Ref AWS::StackId', 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/uuid'],
  ['!Ref AWS::URLSuffix', 'amazonaws.com'],
  ['!Ref Role', 'made'],
  ['!GetAtt Role.Arn', 'made.attribute'],
  ['{"Fn::GetAtt": "Role.Arn"}', 'made.attribute'],
  ['!Sub "${Name}-${Count}-${AWS::Region}"', 'chat-3-eu-west-1'],
  ['!Sub "${Role}:${Role.Arn}"', 'made:made.attribute'],
  ['!Sub "${!Name} ${Name}"', '${Name} chat'],
  ['!Sub ["${a}${b}${Name}", {a: !Ref Count, b: x}]', '3xchat'],
  ['!Sub ["${a.b}", {a.b: 1}]', '1'],
  ['!Sub "no placeholder $ {}"', 'no placeholder $ {}'],
  ['!Join ["-", [a, !Ref Count, true]]', 'a-3-true'],
  ['!Join ["", !Ref Names]', 'abc'],
  ['!Join ["|", [a, !Ref AWS::NoValue, b]]', 'a|b'],
  ['!Select [1, !Ref Names]', 'b'],
  ['!Select ["2", [x, y, z]]', 'z'],
  ['!Select [0, !Split [".", a.b]]', 'a'],
  ['!Join [",", !Split ["/", "a//b"]]', 'a,,b'],
  ['!FindInMap [Sizes, !Ref AWS::Region, big]', 512],
  ['!Select [1, !FindInMap [Sizes, eu-west-1, zones]]', 'b'],
  ['!If [Yes, 1, 2]', 1],
  ['!If [No, 1, !Ref Name]', 'chat'],
  ['!If [No, 1, !If [Yes, inner, x]]', 'inner'],
  ['!Base64 "a${x}"', 'YSR7eH0='],
  ['!Base64 {"Fn::Sub": "${Name}"}', 'Y2hhdA=='],
  ['!Join ["", ["[", !Join [",", !Ref AWS::NotificationARNs], "]"]]', '[]'],
])('%s', (expression, expected) => {
  expect(outputsOf(planOf(withOutput(expression)))['Out']).toBe(expected);
});

test.each([
  ['!Ref Nobody', '.Ref: there is no parameter or resource Nobody'],
  ['!Ref [a]', '.Ref: Ref needs the name of a parameter or resource, not a list'],
  ['!Ref ""', '.Ref: there is no parameter or resource (empty name)'],
  ['!GetAtt Role', '.Fn::GetAtt: Fn::GetAtt needs a logical id and an attribute'],
  ['!GetAtt Role.Nothing', '.Fn::GetAtt: Role has no attribute Nothing'],
  ['!GetAtt Nobody.Arn', '.Fn::GetAtt: there is no resource Nobody'],
  ['!Sub "${Nobody}"', '.Fn::Sub: there is no parameter or resource Nobody'],
  ['!Sub "${Nobody.Arn}"', '.Fn::Sub: there is no resource Nobody'],
  ['!Sub "${Names}"', '.Fn::Sub: Fn::Sub cannot write a list for ${Names}'],
  ['!Sub [a]', '.Fn::Sub: Fn::Sub needs a string, or a list of a string and a map'],
  ['!Sub [a, [b]]', '.Fn::Sub: Fn::Sub needs a string, or a list of a string and a map'],
  ['!Join [a]', '.Fn::Join: Fn::Join needs a delimiter and a list'],
  ['!Join [",", x]', '.Fn::Join: Fn::Join needs a list, not a string'],
  ['!Join [",", [{a: 1}]]', '.Fn::Join: Fn::Join can join strings only'],
  ['!Select [5, [a]]', '.Fn::Select: Fn::Select cannot take item 5 of 1'],
  ['!Select [x, [a]]', '.Fn::Select: Fn::Select cannot take item x of 1'],
  ['!Select [-1, [a]]', '.Fn::Select: Fn::Select cannot take item -1 of 1'],
  ['!Select [0, a]', '.Fn::Select: Fn::Select needs a list, not a string'],
  ['!Split ["", a]', '.Fn::Split: Fn::Split needs a delimiter and a string'],
  ['!Split [",", [a]]', '.Fn::Split: Fn::Split needs a string, not a list'],
  ['!FindInMap [Sizes, mars, big]', '.Fn::FindInMap: Mappings has no Sizes.mars.big'],
  [
    '!FindInMap [Sizes, eu-west-1]',
    '.Fn::FindInMap: Fn::FindInMap needs a map, a top-level key and a second-level key',
  ],
  [
    '!FindInMap [Sizes, !Ref Role, big]',
    '.Fn::FindInMap: Fn::FindInMap needs keys that are known before resources are made',
  ],
  ['!FindInMap [Sizes, __proto__, big]', '.Fn::FindInMap: Mappings has no Sizes.__proto__.big'],
  ['!If [Maybe, 1, 2]', '.Fn::If: there is no condition Maybe'],
  ['!If [Yes, 1]', '.Fn::If: Fn::If needs the name of a condition and two values'],
  ['!If [Yes, 1, !Ref Nobody]', '.Fn::If[2].Ref: there is no parameter or resource Nobody'],
  ['!Base64 [a]', '.Fn::Base64: Fn::Base64 needs a string, not a list'],
  [
    '!ImportValue x',
    '.Fn::ImportValue: Fn::ImportValue is not supported: stacks do not share exports',
  ],
  ['!Equals [1, 1]', '.Fn::Equals: Fn::Equals is allowed in Conditions only'],
  ['!Cidr [a, 1, 1]', '.Fn::Cidr: the function Fn::Cidr is not supported'],
  ['!Transform {Name: x}', '.Fn::Transform: the function Fn::Transform is not supported'],
  ['{"Fn::Sub": "a", "b": 1}', '.Fn::Sub: Fn::Sub must stand alone in its map'],
  ['[a]', ': the value of an output must be a string'],
])('fault: %s', (expression, expected) => {
  expect(faultsOf(withOutput(expression))).toEqual([`${PATH}${expected}`]);
});

test('what resources answer stays open while planning, through every function', () => {
  const text = withOutput(
    '!Join ["", [!Select [0, !Split ["-", !Sub "a-${Role}"]], !Base64 {Ref: Role}]]',
  );
  expect(faultsOf(text)).toEqual([]);
});
