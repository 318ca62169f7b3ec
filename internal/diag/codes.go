package diag

// The settings, and how the program is called.
const (
	SettingsWrong  Code = "PTL-101"
	UsageWrong     Code = "PTL-102"
	PayloadWrong   Code = "PTL-103"
	SecretUnread   Code = "PTL-104"
	SecretEmpty    Code = "PTL-105"
	SecretMissing  Code = "PTL-106"
	SecretMisshape Code = "PTL-107"
	SettingIgnored Code = "PTL-108"
	NameUnknown    Code = "PTL-109"
)

// Port's API.
const (
	PortCredentials     Code = "PTL-201"
	PortAddressRefused  Code = "PTL-202"
	PortUnreachable     Code = "PTL-203"
	PortThrottled       Code = "PTL-204"
	PortFailed          Code = "PTL-205"
	PortDenied          Code = "PTL-206"
	PortRefused         Code = "PTL-207"
	IntegrationMissing  Code = "PTL-208"
	IntegrationHosted   Code = "PTL-209"
	IntegrationType     Code = "PTL-210"
	BlueprintMissing    Code = "PTL-211"
	RequiredUnfed       Code = "PTL-212"
	RelationTarget      Code = "PTL-213"
	PropertyUnknown     Code = "PTL-214"
	PortRemark          Code = "PTL-215"
	PersonalCredentials Code = "PTL-216"
	PortUnnamed         Code = "PTL-217"
	OthersEntities      Code = "PTL-218"
)

// Who the program is for AWS, and which accounts it reads.
const (
	AssumeRole            Code = "PTL-301"
	OrganizationsDenied   Code = "PTL-302"
	BaseIdentity          Code = "PTL-303"
	OrganizationsNotInUse Code = "PTL-304"
	OrganizationsFailed   Code = "PTL-305"
	NoAccounts            Code = "PTL-306"
	AccountTwice          Code = "PTL-307"
	AccountNotListed      Code = "PTL-308"
	RegionsUnknown        Code = "PTL-309"
	RolesWrong            Code = "PTL-310"
	SettingNotFound       Code = "PTL-311"
	QuotaSmall            Code = "PTL-312"
	NameOdd               Code = "PTL-313"
	EventsUnreached       Code = "PTL-314"
)

// Reading AWS.
const (
	Denied            Code = "PTL-401"
	Closed            Code = "PTL-402"
	Throttled         Code = "PTL-403"
	NotOffered        Code = "PTL-404"
	NotFound          Code = "PTL-405"
	Expired           Code = "PTL-406"
	Timeout           Code = "PTL-407"
	Unreachable       Code = "PTL-408"
	Failed            Code = "PTL-409"
	NotReached        Code = "PTL-410"
	LeftOut           Code = "PTL-411"
	NothingDiscovered Code = "PTL-412"
	TooLarge          Code = "PTL-413"
	Unsupported       Code = "PTL-415"
	AccountState      Code = "PTL-416"
	RegionDisabled    Code = "PTL-417"
	ClockSkewed       Code = "PTL-418"
	CellTooLarge      Code = "PTL-419"
	ListUnread        Code = "PTL-420"
	NotAnswering      Code = "PTL-421"
	BulkTagsDiffer    Code = "PTL-422"
	BulkRefused       Code = "PTL-423"
	TypeNotThere      Code = "PTL-424"
	TypeUnreadable    Code = "PTL-425"
	TypeUnasked       Code = "PTL-426"
	ListShort         Code = "PTL-427"
	NoneExists        Code = "PTL-428"
)

// The mapping.
const (
	MappingUnusable Code = "PTL-501"
	MappingKind     Code = "PTL-502"
	MappingResource Code = "PTL-503"
	MappingField    Code = "PTL-504"
	MappingRemark   Code = "PTL-505"
	EntityDropped   Code = "PTL-506"
	FieldFailed     Code = "PTL-507"
	FieldNull       Code = "PTL-508"
	ItemsNoArray    Code = "PTL-509"
	MappingRegion   Code = "PTL-510"
)

// Writing entities, and deleting them.
const (
	EntityRefused       Code = "PTL-601"
	KeptUnread          Code = "PTL-602"
	KeptAccountUnread   Code = "PTL-603"
	KeptOriginUnknown   Code = "PTL-604"
	KeptAccountsUnknown Code = "PTL-605"
	KeptNarrowed        Code = "PTL-606"
	KeptRegion          Code = "PTL-607"
	KeptReferenced      Code = "PTL-608"
	KeptMapping         Code = "PTL-609"
	KeptHistory         Code = "PTL-610"
	KeptGrace           Code = "PTL-611"
	KeptGuard           Code = "PTL-612"
	KeptThreshold       Code = "PTL-613"
	KeptByPort          Code = "PTL-614"
	KeptEarlyEnd        Code = "PTL-615"
	CoverageUnshown     Code = "PTL-616"
	KeptClosed          Code = "PTL-617"
	KeptOwner           Code = "PTL-618"
	DeleteFailed        Code = "PTL-619"
	KeptDoubtful        Code = "PTL-620"
	KeptInactive        Code = "PTL-621"
	KeptNotOffered      Code = "PTL-622"
	KeptNotOurs         Code = "PTL-623"
	KeptUnconfirmed     Code = "PTL-624"
	KeptUnidentified    Code = "PTL-625"
	KeptShort           Code = "PTL-626"
)

// What a run leaves to the next.
const (
	RunHeld         Code = "PTL-701"
	LeaseUnreadable Code = "PTL-702"
	LeaseLost       Code = "PTL-703"
	StateUnknown    Code = "PTL-704"
	StateUnkept     Code = "PTL-705"
	StateRefused    Code = "PTL-706"
	StatePlace      Code = "PTL-707"
	StateFenced     Code = "PTL-708"
	StateNone       Code = "PTL-709"
	StateForeign    Code = "PTL-710"
	LeaseStuck      Code = "PTL-711"
)
