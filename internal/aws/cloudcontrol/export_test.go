package cloudcontrol

// Judged is judged.
var Judged = judged

// FromSchema is fromSchema.
var FromSchema = fromSchema

// Stripped is stripped.
var Stripped = stripped
