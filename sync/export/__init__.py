# SPDX-License-Identifier: Apache-2.0
"""One encounter as files that a doctor takes away: FHIR, what was kept, a report to read, digests; or all of it sealed
to one recipient."""
