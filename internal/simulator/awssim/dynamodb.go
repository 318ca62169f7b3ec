package awssim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

var dynamodbService = func() *service {
	d := jsonDialect
	d.failed = refusal{status: 500, code: "InternalServerError", message: "The request could not be processed."}
	return &service{
		name:    "dynamodb",
		wire:    &jsonWire{target: "DynamoDB_20120810", version: "1.0", space: "com.amazonaws.dynamodb.v20120810#", message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			var asked struct{ TableName, ResourceArn string }
			_ = json.Unmarshal(c.body, &asked)
			switch {
			case asked.ResourceArn != "":
				return asked.ResourceArn
			case asked.TableName != "":
				return c.tableARN(asked.TableName)
			}
			return c.tableARN("*")
		},
		operations: operations(
			operation{name: "ListTables", action: "dynamodb:ListTables", serve: listTables},
			operation{name: "DescribeTable", action: "dynamodb:DescribeTable", serve: describeTable},
			operation{name: "ListTagsOfResource", action: "dynamodb:ListTagsOfResource", serve: listTableTags},
			operation{name: "DescribeContinuousBackups", action: "dynamodb:DescribeContinuousBackups", serve: describeContinuousBackups},
		),
	}
}()

// The greatest pages of tables, which is also the usual one, and of tags.
const (
	tablesPage    = 100
	tableTagsPage = 10
)

func (c *call) tableARN(name string) string {
	return c.server.arn("dynamodb", c.signature.region, c.caller.account, "table/"+name)
}

// turnPrefix begins the names that a fault lets a page end with.
const turnPrefix = "turn-"

// listTables pages by name: what comes after the last one of the page before,
// whether that still exists or not.
func listTables(c *call) error {
	input, err := decode[struct {
		ExclusiveStartTableName string
		Limit                   *int
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("limit", input.Limit, 1, tablesPage, tablesPage)
	if err != nil {
		return err
	}
	after := input.ExclusiveStartTableName
	if after != "" && !idForms[Table].MatchString(after) {
		return c.malformed("exclusiveStartTableName", after, "[a-zA-Z0-9_.-]+")
	}
	if c.meets(EmptyPage) {
		return c.reply(object{{"TableNames", []string{}}}.optional("LastEvaluatedTableName", after))
	}
	names := ids(c.server.Resources(c.caller.account, Table, c.signature.region))
	slices.Sort(names)
	turn, _ := strconv.Atoi(strings.TrimPrefix(after, turnPrefix))
	switch {
	case c.meets(Endless):
		return c.reply(object{{"TableNames", []string{}}, {"LastEvaluatedTableName", turnPrefix + strconv.Itoa(turn+1)}})
	case c.meets(Cycle):
		next := turnPrefix + strconv.Itoa(turn%max(c.fault.Length, 1)+1)
		return c.reply(object{{"TableNames", names[:min(size, len(names))]}, {"LastEvaluatedTableName", next}})
	}
	from, known := slices.BinarySearch(names, after)
	if known {
		from++
	}
	if to := from + size; to < len(names) {
		return c.reply(object{{"TableNames", names[from:to]}, {"LastEvaluatedTableName", names[to-1]}})
	}
	return c.reply(object{{"TableNames", names[from:]}})
}

// table finds a table by name or ARN.
func (c *call) table(asked, unknown, saying string) (Resource, error) {
	c.call.Resource = asked
	name := strings.TrimPrefix(asked, c.tableARN(""))
	if !idForms[Table].MatchString(name) {
		return Resource{}, c.malformed("tableName", asked, "[a-zA-Z0-9_.-]+")
	}
	r, there := c.find(Table, name)
	if !there {
		return Resource{}, refusal{status: 400, code: unknown}.saying(saying, name)
	}
	return r, nil
}

func describeTable(c *call) error {
	input, err := decode[struct{ TableName string }](c)
	if err != nil {
		return err
	}
	r, err := c.table(input.TableName, "ResourceNotFoundException", "Requested resource not found: Table: %s not found")
	if err != nil {
		return err
	}
	return c.reply(object{{"Table", c.tableForm(&r)}})
}

func listTableTags(c *call) error {
	input, err := decode[struct{ ResourceArn, NextToken string }](c)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(input.ResourceArn, c.tableARN("")) {
		return c.service.dialect.badParameter.saying("Invalid TableArn: Invalid ResourceArn provided as input %s", input.ResourceArn)
	}
	r, err := c.table(input.ResourceArn, "ResourceNotFoundException", "Requested resource not found: ResourcArn: %s not found")
	if err != nil {
		return err
	}
	tags, next, ok := pageOf(c, tagList(r.Tags, "Key", "Value"), tableTagsPage, input.NextToken, r.ID)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid NextToken")
	}
	return c.reply(object{{"Tags", tags}}.optional("NextToken", next))
}

func describeContinuousBackups(c *call) error {
	input, err := decode[struct{ TableName string }](c)
	if err != nil {
		return err
	}
	r, err := c.table(input.TableName, "TableNotFoundException", "Table not found: %s")
	if err != nil {
		return err
	}
	var backups any = object{
		{"ContinuousBackupsStatus", "ENABLED"},
		{"PointInTimeRecoveryDescription", object{{"PointInTimeRecoveryStatus", "DISABLED"}}},
	}
	if given, said := r.Attributes["ContinuousBackupsDescription"]; said {
		backups = given
	}
	return c.reply(object{{"ContinuousBackupsDescription", backups}})
}

// tableForm is a table as DescribeTable tells of it.
func (c *call) tableForm(r *Resource) object {
	d := dieOf("table", c.caller.account, r.Region, r.ID)
	made := epoch(created(r))
	form := object{
		{"AttributeDefinitions", []object{{{"AttributeName", "id"}, {"AttributeType", "S"}}}},
		{"TableName", r.ID},
		{"KeySchema", []object{{{"AttributeName", "id"}, {"KeyType", "HASH"}}}},
		{"TableStatus", "ACTIVE"},
		{"CreationDateTime", made},
		{"ProvisionedThroughput", object{{"NumberOfDecreasesToday", 0}, {"ReadCapacityUnits", 0}, {"WriteCapacityUnits", 0}}},
		{"TableSizeBytes", d.below(50_000_000)},
		{"ItemCount", d.below(100_000)},
		{"TableArn", c.tableARN(r.ID)},
		{"TableId", d.uuid()},
		{"BillingModeSummary", object{{"BillingMode", "PAY_PER_REQUEST"}, {"LastUpdateToPayPerRequestDateTime", made}}},
		{"DeletionProtectionEnabled", d.oneIn(3)},
		{"WarmThroughput", object{{"ReadUnitsPerSecond", 12000}, {"WriteUnitsPerSecond", 4000}, {"Status", "ACTIVE"}}},
	}
	return form.with(without(r.Attributes, "ContinuousBackupsDescription"))
}
