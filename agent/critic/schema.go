package critic

import (
	"encoding/json"
	"fmt"
)

// judgeSchema binds a judgement of a page with so many marks. Remarks come first:
// what was found then carries the scores.
func judgeSchema(marks int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{`+
		`"remarks":{"type":"array","maxItems":%d,"items":{"type":"object","properties":{`+
		`"mark":{"type":"integer","minimum":0,"maximum":%d},`+
		`"problem":{"type":"string","maxLength":%d},"change":{"type":"string","maxLength":%d}},`+
		`"required":["mark","problem","change"],"additionalProperties":false}},`+
		`"request":%[5]s,"layout":%[5]s,"style":%[5]s,"interaction":%[5]s},`+
		`"required":["remarks","request","layout","style","interaction"],"additionalProperties":false}`,
		maxRemarks, marks, maxRemark, maxRemark, `{"type":"integer","minimum":0,"maximum":100}`))
}

var compareSchema = json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"why":{"type":"string","maxLength":%d},`+
	`"better":{"type":"string","enum":["first","second","neither"]}},"required":["why","better"],"additionalProperties":false}`, maxRemark))
