package diagnose

import "relook/preview"

type box = preview.Box

// A stock is a preview.Inventory as the script writes it.
type stock struct {
	Items     []preview.Item `json:"items"`
	DocWidth  float64        `json:"docWidth"`
	DocHeight float64        `json:"docHeight"`
	CanZoom   bool           `json:"canZoom"`
}

func (s stock) inventory(view string) preview.Inventory {
	return preview.Inventory{View: view, Items: s.Items, DocWidth: s.DocWidth, DocHeight: s.DocHeight, CanZoom: s.CanZoom}
}
