"""Addresses of planning."""

from django.urls import path

from planning.views import (
    assumptions,
    comments,
    data,
    demand,
    edits,
    entry,
    product_changes,
    production,
    saved_views,
    scenarios,
    streams,
    supply,
    workbook,
)
from planning.views.compare import accept_by_rule, compare_list, decide, set_rule, undo_decision

app_name = "planning"

demand_urls = [
    path("demand/", demand.demand, name="demand"),
    path("demand/plan/", demand.make_plan, name="make-plan"),
    path("demand/<int:pk>/rows/", demand.demand_rows, name="demand-rows"),
    path("demand/<int:pk>/find/", demand.demand_find, name="demand-find"),
    path("demand/<int:pk>/edits/", demand.demand_edit, name="demand-edit"),
    path("demand/<int:pk>/undo/", demand.demand_undo, name="demand-undo"),
    path("demand/<int:pk>/locks/", edits.lock, name="demand-lock"),
    path("demand/<int:pk>/mass/", edits.mass, name="demand-mass"),
    path("demand/<int:pk>/presence/", edits.presence, name="demand-presence"),
    path("demand/<int:pk>/preview/", edits.preview, name="demand-preview"),
    path("demand/<int:pk>/approval/", edits.ask_approval, name="demand-approval"),
    path("demand/<int:pk>/why/", edits.why, name="demand-why"),
    path("demand/requests/<int:pk>/", edits.answer_request, name="demand-request"),
    path("demand/fences/", edits.set_fences, name="fences"),
    path("demand/<int:pk>/chart/", demand.demand_chart, name="demand-chart"),
    path("demand/<int:pk>/cell/", demand.demand_cell, name="demand-cell"),
    path("demand/<int:pk>/postings/", demand.demand_postings, name="demand-postings"),
]

stream_urls = [
    path("demand/entry/", entry.page, name="entry"),
    path("demand/entry/<int:pk>/<slug:code>/rest/", entry.leave_rest, name="entry-rest"),
    path("demand/entry/<int:pk>/<slug:code>/<int:series>/", entry.save, name="entry-save"),
    path("demand/entry/<int:pk>/<slug:code>/<int:series>/chart/", entry.chart, name="entry-chart"),
    path("demand/<int:pk>/streams/<slug:code>/<slug:verb>/", streams.move, name="stream"),
]

comment_urls = [
    path("demand/<int:pk>/comments/", comments.row_comments, name="demand-comments"),
    path("demand/<int:pk>/comments/<int:comment>/", comments.one_comment, name="demand-comment"),
    path("demand/<int:pk>/follow/", comments.follow_row, name="demand-follow"),
    path("demand/<int:pk>/people/", comments.people, name="demand-people"),
]

register_urls = [
    path("demand/assumptions/", assumptions.register, name="assumptions"),
    path("demand/assumptions/new/", assumptions.new, name="new-assumption"),
    path("demand/assumptions/<int:pk>/", assumptions.show, name="assumption"),
    path("demand/assumptions/<int:pk>/<slug:verb>/", assumptions.act, name="act-on-assumption"),
    path("demand/<int:pk>/assumptions-of/", assumptions.of_row, name="demand-assumptions"),
    path("demand/product-changes/", product_changes.listing, name="product-changes"),
    path("demand/product-changes/new/", product_changes.new, name="new-product-change"),
    path("demand/product-changes/preview/", product_changes.preview, name="preview-product-change"),
    path("demand/product-changes/preview/chart/", product_changes.preview_chart, name="chart-product-change"),
    path("demand/product-changes/<int:pk>/", product_changes.show, name="product-change"),
    path("demand/product-changes/<int:pk>/withdraw/", product_changes.withdraw, name="withdraw-product-change"),
]

view_urls = [
    path("views/", saved_views.keep, name="saved-views"),
    path("views/<int:pk>/", saved_views.change, name="saved-view"),
]

consensus_urls = [
    path("demand/<int:pk>/compare/", compare_list, name="demand-compare"),
    path("demand/<int:pk>/decide/", decide, name="demand-decide"),
    path("demand/<int:pk>/decide/undo/", undo_decision, name="undo-decision"),
    path("demand/<int:pk>/rules/", accept_by_rule, name="accept-by-rule"),
    path("demand/<int:pk>/rules/set/", set_rule, name="set-rule"),
]

supply_urls = [
    path("supply/", supply.supply, name="supply"),
    path("supply/plan/", supply.plan_supply, name="plan-supply"),
    path("supply/capacity-check/", supply.check_capacity, name="check-capacity"),
    path("supply/<int:pk>/rows/", supply.supply_rows, name="supply-rows"),
    path("supply/<int:pk>/edits/", production.edit, name="production-edit"),
    path("supply/<int:pk>/locks/", production.lock, name="production-lock"),
    path("supply/<int:pk>/undo/", production.undo, name="production-undo"),
    path("supply/<int:pk>/why/", production.why, name="production-why"),
    path("supply/<int:pk>/row/", supply.supply_row, name="supply-row"),
    path("supply/<int:pk>/stock-chart/", supply.stock_chart, name="stock-chart"),
    path("supply/<int:pk>/load-chart/", supply.load_chart, name="load-chart"),
    path("supply/<int:pk>/load/", supply.load_cell, name="load-cell"),
    path("supply/<int:pk>/levers/", supply.try_lever, name="try-lever"),
    path("supply/<int:pk>/use/", supply.use_plan, name="use-plan"),
]

scenario_urls = [
    path("scenarios/", scenarios.listing, name="scenarios"),
    path("scenarios/new/", scenarios.new, name="new-scenario"),
    path("scenarios/<int:pk>/changes/new/", scenarios.add_change, name="add-scenario-change"),
    path("scenarios/changes/<int:pk>/", scenarios.change, name="scenario-change"),
    path("scenarios/changes/<int:pk>/remove/", scenarios.remove_change, name="remove-scenario-change"),
    path("scenarios/<int:pk>/<slug:verb>/", scenarios.act, name="act-on-scenario"),
]

workbook_urls = [
    path("demand/<int:pk>/export/", workbook.export, name="export"),
    path("demand/<int:pk>/workbook/", workbook.upload, name="workbook"),
    path("demand/<int:pk>/workbook/<int:upload>/", workbook.compared, name="workbook-compare"),
    path("demand/<int:pk>/workbook/<int:upload>/undo/", workbook.undo, name="workbook-undo"),
    path("demand/<int:pk>/workbook/<int:upload>/errors/", workbook.errors, name="workbook-errors"),
]

data_urls = [
    path("data/", data.data, name="data"),
    path("data/import/", data.import_files, name="import"),
    path("data/import/bad-rows/", data.bad_rows, name="import-bad-rows"),
    path("data/retry/", data.retry_actuals, name="retry-actuals"),
]

urlpatterns = [
    *view_urls,
    *demand_urls,
    *stream_urls,
    *comment_urls,
    *workbook_urls,
    *register_urls,
    *consensus_urls,
    *supply_urls,
    *scenario_urls,
    *data_urls,
]
