"""Worked examples: years since each deficit of the electronic Frailty Index was first recorded."""

from support.tables import expect


def test_activity_limitation_to_dyspnoea(feature):
    events = """
    person | day        | code
    A      | 2024-05-01 | 21134002        # disability
    A      | 2021-05-01 | 4854004         # acquired hemolytic anemia
    A      | 2018-05-01 | 8847002         # spondylosis
    A      | 2015-05-01 | 5370000         # atrial flutter
    A      | 2012-05-01 | 20059004        # occlusion of cerebral artery
    A      | 2009-05-01 | 46177005        # end-stage renal disease
    A      | 2006-05-01 | 8801005         # secondary diabetes mellitus
    A      | 2023-05-01 | 13445001        # ménière's disease
    A      | 2020-05-01 | 60845006        # dyspnea on exertion
    """
    expect(feature("efi_deficits", on="2026-11-01", gp_events=events)) == """
    person | efi_years_since_activity_limitation | efi_years_since_anaemia | efi_years_since_arthritis | efi_years_since_atrial_fibrillation | efi_years_since_cerebrovascular_disease | efi_years_since_chronic_kidney_disease | efi_years_since_diabetes | efi_years_since_dizziness | efi_years_since_dyspnoea
    A      | 2.5024                              | 5.5031                  | 8.5038                    | 11.5044                             | 14.5024                                 | 17.5031                                | 20.5038                  | 3.5044                    | 6.5024
    """


def test_falls_to_hypotension(feature):
    events = """
    person | day        | code
    A      | 2017-05-01 | 1912002         # fall
    A      | 2014-05-01 | 47850008        # hard corn
    A      | 2011-05-01 | 5913000         # fracture of neck of femur
    A      | 2008-05-01 | 15188001        # hearing loss
    A      | 2025-05-01 | 10633002        # acute congestive heart failure
    A      | 2022-05-01 | 8722008         # aortic valve disorder
    A      | 2019-05-01 | 160685001       # bed-ridden
    A      | 2016-05-01 | 1201005         # benign essential hypertension
    A      | 2013-05-01 | 28651003        # orthostatic hypotension
    """
    expect(feature("efi_deficits", on="2026-11-01", gp_events=events)) == """
    person | efi_years_since_falls | efi_years_since_foot_problems | efi_years_since_fragility_fracture | efi_years_since_hearing_impairment | efi_years_since_heart_failure | efi_years_since_heart_valve_disease | efi_years_since_housebound | efi_years_since_hypertension | efi_years_since_hypotension_syncope
    A      | 9.5031                | 12.5038                       | 15.5044                            | 18.5024                            | 1.5031                        | 4.5038                              | 7.5044                     | 10.5024                      | 13.5031
    """


def test_ischaemic_heart_disease_to_respiratory_disease(feature):
    events = """
    person | day        | code
    A      | 2010-05-01 | 1755008         # old myocardial infarction
    A      | 2007-05-01 | 2776000         # delirium
    A      | 2024-05-01 | 8510008         # reduced mobility
    A      | 2021-05-01 | 14651005        # drug-induced osteoporosis
    A      | 2018-05-01 | 4223005         # parkinsonism caused by drug
    A      | 2015-05-01 | 13200003        # peptic ulcer
    A      | 2012-05-01 | 63491006        # intermittent claudication
    A      | 2009-05-01 | 160733006       # nursing or other home
    A      | 2006-05-01 | 12295008        # bronchiectasis
    """
    expect(feature("efi_deficits", on="2026-11-01", gp_events=events)) == """
    person | efi_years_since_ischaemic_heart_disease | efi_years_since_memory_cognitive_problems | efi_years_since_mobility_transfer_problems | efi_years_since_osteoporosis | efi_years_since_parkinsonism_tremor | efi_years_since_peptic_ulcer | efi_years_since_peripheral_vascular_disease | efi_years_since_requirement_for_care | efi_years_since_respiratory_disease
    A      | 16.5038                                 | 19.5044                                   | 2.5024                                     | 5.5031                       | 8.5038                              | 11.5044                      | 14.5024                                     | 17.5031                              | 20.5038
    """


def test_skin_ulcer_to_weight_loss(feature):
    events = """
    person | day        | code
    A      | 2023-05-01 | 19429009        # chronic ulcer of skin
    A      | 2020-05-01 | 3745000         # sleep-wake schedule disorder
    A      | 2017-05-01 | 33553000        # widowed
    A      | 2014-05-01 | 14304000        # disorder of thyroid gland
    A      | 2011-05-01 | 22220005        # genuine stress incontinence
    A      | 2008-05-01 | 11441004        # prostatism
    A      | 2025-05-01 | 7973008         # abnormal vision
    A      | 2022-05-01 | 64379006        # decrease in appetite
    """
    expect(feature("efi_deficits", on="2026-11-01", gp_events=events)) == """
    person | efi_years_since_skin_ulcer | efi_years_since_sleep_disturbance | efi_years_since_social_vulnerability | efi_years_since_thyroid_disease | efi_years_since_urinary_incontinence | efi_years_since_urinary_system_disease | efi_years_since_visual_impairment | efi_years_since_weight_loss_anorexia
    A      | 3.5044                     | 6.5024                            | 9.5031                               | 12.5038                         | 15.5044                              | 18.5024                                | 1.5031                            | 4.5038
    """


BY_VALUE = """
person | day        | code             | value | unit     | received
-------+------------+------------------+-------+----------+-----------
  A    | 2022-11-01 | 1022431000000105 | 129   | g/L      | 2022-11-02   # haemoglobin below 130 in a man
  B    | 2022-11-01 | 1022431000000105 | 129   | g/L      | 2022-11-02   # not below 115, the rule for a woman
  C    | 2022-11-01 | 857971000000104  | 59    | mL/min   | 2022-11-02   # eGFR below 60
  C    | 2018-11-01 | 857971000000104  | 60    | mL/min   | 2018-11-02   # 60 is not below 60
  C    | 2024-11-01 | 44054006         | -     | -        | 2024-11-02   # diabetes
  C    | 2025-11-01 | 315051004        | -     | -        | 2025-11-02   # resolved: a deficit never expires
  E    | 2022-11-01 | 1022431000000105 | 114   | g/L      | 2022-11-02   # below 115: what came beside it takes nothing back
  E    | 2022-11-01 | 1022431000000105 | 121   | g/L      | 2022-11-02
  D    | 2026-10-30 | 8510008          | -     | -        | -            # reduced mobility, not known before 3 days have gone
"""

PERSONS = """
person | born       | sex
  A    | 1950-01-01 | 1
  B    | 1950-01-01 | 2
  C    | 1950-01-01 | 2
  D    | 1950-01-01 | 2
  E    | 1950-01-01 | 2
"""


def test_deficits_by_value_and_what_does_not_end_one(feature):
    expect(feature("efi_deficits", on="2026-11-01", gp_events=BY_VALUE, persons=PERSONS)) == """
    person | efi_years_since_anaemia | efi_years_since_chronic_kidney_disease | efi_years_since_diabetes | efi_years_since_mobility_transfer_problems
      A    | 4                       | -                                      | -                        | -
      B    | -                       | -                                      | -                        | -
      C    | -                       | 4                                      | 1.9986                   | -
      D    | -                       | -                                      | -                        | -
      E    | 4                       | -                                      | -                        | -
    """


def test_a_fall_that_was_recorded_late_is_the_first_only_once_it_is_known(feature):
    events = """
    person | day        | code    | received
    A      | 2017-05-01 | 1912002 | 2026-06-01   # the earlier fall, told of years later
    A      | 2022-05-01 | 1912002 | 2022-05-10
    """
    expect(feature("efi_deficits", on="2026-05-01", gp_events=events)) == """
    person | efi_years_since_falls
    A      | 4
    """
    expect(feature("efi_deficits", on="2026-11-01", gp_events=events)) == """
    person | efi_years_since_falls
    A      | 9.5031
    """
