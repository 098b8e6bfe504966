package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIncident_Hypotheses_HaveShareIndicatorAndPathInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := open1(t)
	s.figures[""] = busy("payment")
	batch := blaming(nil)
	said := batch.Events[1].Attributes
	said["braid.incident.hypotheses"] = []string{"payment: waiting for its database (97 %): database: statement duration", "cart: short of CPU (2 %): cpu", "old"}
	said["braid.incident.suspects"] = []string{
		"payment\tdatabase\tdatabase: statement duration\t12.30\tpayment-0\t0.971\tedge > cart > payment", "cart\tcpu\tcpu\t3.00\t\t0.021\tedge > cart", "old\tcpu\tcpu\t1.00\t",
	}
	require.NoError(t, s.records.Write(t.Context(), batch))
	for language, want := range map[string][]string{
		"en": {"1", "payment: waiting for its database", "97 %", "database: statement duration", "edge > cart > payment"},
		"ko": {"1", "payment: 데이터베이스 대기", "97 %", "database: statement duration", "edge > cart > payment"},
	} {
		a, err := over(t, s).Incident(t.Context(), anyone, "i", language)
		require.NoError(t, err)
		require.NotEmpty(t, a.Tables)
		require.Len(t, a.Tables[0].Rows, 3)
		var got []string
		for _, cell := range a.Tables[0].Rows[0] {
			got = append(got, cell.Text)
		}
		assert.Equal(t, want, got)
		assert.Equal(t, "old", a.Tables[0].Rows[2][1].Text, "an event of an earlier version says it in words only")
	}
}
