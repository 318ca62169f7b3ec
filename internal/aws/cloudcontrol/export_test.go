package cloudcontrol

import "strings"

// Judged is judged.
var Judged = judged

// Withholds says whether a text of that name is withheld from documents of a type.
func Withholds(of, member string) bool {
	return withholds(strings.TrimPrefix(of, "AWS::"), member, "x")
}

// FromSchema is fromSchema.
var FromSchema = fromSchema
