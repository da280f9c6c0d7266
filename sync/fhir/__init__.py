# SPDX-License-Identifier: Apache-2.0
"""FHIR R4 resources as plain dictionaries: pure builders, one module a resource, no library
(one costs 35 MB and catches none of the faults that hurt patients; tests hold a table of the profiles' rules)."""
